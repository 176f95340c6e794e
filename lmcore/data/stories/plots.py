"""The plots: the one description that stories are written, measured and read by.

The notation, which ``grammar.py`` turns into a tree:

=========================  =====================================================================================
``[near|far away]``        one of these, each equally likely; brackets may hold brackets and slots
``{hero:name}``            a word of the list ``name`` that this story has not used yet; from now on it is ``hero``
``{hero}``                 the same word again
``{hero.he}``              its pronoun: ``he him his He Him His`` for a he, ``she her her She Her Her`` for a she
``{toy:object.a}``         with its article: a kite, an oar
``{food.s}``               its plural
``{have:4..9}``            a number from 4 to 9, written as a word; ``{gave:1..have-1}`` depends on an earlier one
``{left=have-gave}``       a number that follows from others: no choice
``{food*have}``            singular if ``have`` is one, plural otherwise; ``{left?is/are}`` chooses a word likewise
=========================  =====================================================================================

Every story begins with a mood, a kind of animal and a home that come back in its last sentence, more than 50 words
later: to foretell that sentence, a reader must remember.
"""

OPENING = """
[Once upon a time|Long, long ago|Far, far away|Beyond the hills|In a quiet land|When the moon was young,]
{mood:mood.a} {kind:kind} called {hero:name} lived in the {home:home}. The {home} was [small and dark,|old and
crooked,|full of holes,|far from everything,] but the {mood} {kind} liked it.
"""

LOST = """
One {weather:weather} morning {hero.he} could not find {hero.his} {colour:colour} {toy:object}. {hero.He} looked
[under the bed,|behind the door,|on the roof,|in every corner,] but it was gone. So {hero.he} ran to {friend:name}.
"Have you seen my {colour} {toy}?" {hero.he} asked. "No," said {friend}, "but {helper:name} finds everything. Look in
the {where:place}!" {hero} ran to the {where}, and there sat {helper}, [drinking tea.|mending socks.|reading
poems.|counting clouds.] "Look what the wind blew in!" {helper.he} said, and held up the {toy}. "Is it yours?" "Yes!"
cried {hero}. "Thank you, {helper}!" "Thank {friend}, who sent you to me," said {helper}. And {hero} never lost
{hero.his} {colour} {toy} again.
"""

MESSAGE = """
At sunrise {hero.his} grandmother said, "Run to {friend:name} and tell {friend.him} this: the {colour:colour}
{treasure:object} is in the {where:place}." "In the {where}?" asked {hero}. "In the {where}," said {hero.his}
grandmother. So {hero} [ran|hopped|marched|hurried] off. By the river {hero.he} met {stranger:name}, who was [building
a boat.|chasing leaves.|fishing.|juggling.] "Stay and play with me!" said {stranger}. "Not now," said {hero}, "or I
will forget my message." Then [it began to rain,|a storm came up,|night fell,|the path grew steep,] but {hero.he} did
not stop, and at last {hero.he} knocked at a [little|crooked|round|wooden] door. "What is the news?" asked {friend}.
{hero} took a deep breath. "The {colour} {treasure} is in the {where}!" "Thank you, {hero}," said {friend}. "You did
not forget a word."
"""

COUNTING = """
In [spring|summer|autumn] {hero.he} picked {have:3..5} {food:food*have} for {hero.his} mother. On the way home
{hero.he} met {friend:name} in the {where:place}. "What are you doing in the {where}?" asked {hero}. "I have not eaten
all day," said {friend}. "Take {gave:1..have-1} of my {food.s}." "How kind you are!" said {friend}. "Then you must
have my {colour:colour} {gift:object}." [They talked for an hour,|They sang a song,|They watched the birds,|They told
each other jokes,] and then {hero} went home. "I picked {have} {food*have}," {hero.he} told {hero.his} mother, "but
{friend} was hungry, so I gave {friend.him} {gave}." "Then there {left=have-gave?is/are} {left} {food*left} left,"
said {hero.his} mother, "and {left?that/those} will make a good soup. But where did you get that {gift}?" "It is from
{friend}."
"""

SWAP = """
All that {hero.he} owned was {old:object.a}, but what {hero.he} wanted was {new:object.a}. One day {hero.he} met
{friend:name} in the {where:place}, and {friend} had just what {hero.he} wanted. "Will you swap?" asked {hero}. "My
{old} for your {new}?" {friend} thought about it for [a minute.|an hour.|two hours.|half the day.] "Very well,"
{friend.he} said at last, and they shook hands. On the way home {hero} met {neighbour:name}. {neighbour} asked, "Where
is your {old}?" "{friend} has it now," said {hero}, "and I have {friend.his} {new}." "Was that wise?" ["Time will
tell,"|"Who knows?"|"Very wise,"|"Ask me tomorrow,"] said {hero}. But every time {hero.he} looked at the {new},
{hero.he} thought of {friend} and smiled.
"""

HIDING = """
Hide and seek was {hero.his} favourite game. On a {weather:weather} day {friend:name} came to play. {hero} counted to
{count:5..12}. {friend} hid in the {where:place}, under {cover:object.a}, and [held {friend.his} breath.|tried not to
giggle.|covered {friend.his} ears.|shut {friend.his} eyes.] "Ready or not, here I come!" {hero} shouted, and looked up
and down, left and right, near and far. In the evening {hero.his} father asked, "Did you find {friend}?" "It was not
easy," said {hero}. "{friend} hid in the {where}, under {cover.a}." ["And who won?"|"And who will seek tomorrow?"] "I
counted to {count}," said {hero}, "and now it is {friend.his} turn." And they played again until it was dark.
"""

BIRTHDAY = """
When {hero.he} turned {age:3..9}, there was a party. {friend:name} brought {gift:object.a}, and {guest:name} brought a
[huge|little|warm|sweet] {food:food} cake. They [sang songs|told riddles|played cards|danced in a ring] until the
stars came out. "What a lovely party!" said everybody. The next day {hero} wrote a letter to {hero.his}
[grandmother.|grandfather.|uncle.|aunt.] "When I turned {age}, there was a party. {friend} brought {gift.a}, and
{guest} brought {food.a} cake. [There is still a little left for you."|It was the best day of my life."|Why did you
not come?"] And {hero.he} sent the letter off with a little piece of the {food} cake.
"""

JOURNEY = """
Early in the year {hero.he} set out to see the world. {hero.He} came to the {where:place}, where {friend:name} gave
{hero.him} {gift:object.a}. {hero.He} climbed a mountain, where {guest:name} gave {hero.him} {have:3..9}
{food:food*have}. {hero.He} crossed a river, where there was nothing but [dust.|fog.|moonlight.|wind.] At last
{hero.he} turned round and walked home. "Where have you been?" asked {hero.his} father. ["I came to the
{where},"|"First I came to the {where},"] said {hero}, "and {friend} gave me {gift.a}. I climbed a mountain, and
{guest} gave me {have} {food*have}. And I crossed a river, but nobody was there." "Were you not afraid?" asked
{hero.his} father. ["Only a little," said {hero}.|"Not at all," said {hero}.]
"""

ENDING = """
[That night the {mood} {kind} who lived in the {home} slept very well.|To this day, people talk about the {mood}
{kind} who lived in the {home}.|And this was the story of the {mood} {kind} who lived in the {home}.|Nobody was
happier than the {mood} {kind} who lived in the {home}.]
"""

PLOTS = (LOST, MESSAGE, COUNTING, SWAP, HIDING, BIRTHDAY, JOURNEY)
STORY = f"{OPENING} [{'|'.join(plot.strip() for plot in PLOTS)}] {ENDING}"
