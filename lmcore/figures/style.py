"""How a figure looks in a page, and the script that shows one of its frames."""

import inspect

# Frames lie on top of each other in one cell of a grid: the page does not jump when one is taller.
STYLE = inspect.cleandoc("""
    <style>
    .moving { margin: 1rem 0; padding: 0; }
    .moving .controls { display: flex; flex-wrap: wrap; gap: .4rem 1.5rem; margin-bottom: .5rem; }
    .moving .control, .moving label { display: inline-flex; align-items: center; gap: .5rem; min-width: 0; }
    .moving .control { max-width: 100%; }
    .moving label { margin: 0; font-weight: 600; }
    .moving select {
      font: inherit; font-weight: 400; color: inherit; background: transparent;
      min-width: 0; max-width: 100%; padding: .25rem; border: 1px solid currentColor; border-radius: .3rem;
    }
    .moving option { color: CanvasText; background: Canvas; }
    .moving input[type=range] { width: 14rem; max-width: 45vw; min-height: 24px; }
    .moving .value { min-width: 3.5ch; font-variant-numeric: tabular-nums; }

    .moving .stage { display: grid; }
    .moving .at { grid-area: 1 / 1; visibility: hidden; min-width: 0; }
    .moving .at.shown { visibility: visible; }
    .moving .said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
    .moving img { max-width: 100%; height: auto; background: none !important; padding: 0 !important; }
    .moving pre {
      margin: 0; padding: 0; border: 0; white-space: pre-wrap; background: none; color: inherit;
    }

    .moving img.dark { display: none; }
    html[data-theme=dark] .moving img.dark { display: inline; }
    html[data-theme=dark] .moving img.light { display: none; }
    body[data-jp-theme-light=false] .moving img.dark { display: inline; }
    body[data-jp-theme-light=false] .moving img.light { display: none; }
    @media print {
      .moving .controls, .moving .at:not(.shown), html[data-theme=dark] .moving img.dark { display: none; }
      html[data-theme=dark] .moving img.light { display: inline; }
    }

    .moving .pieces { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
    .moving .pieces { line-height: 2.1; }
    .moving .piece {
      display: inline-block; white-space: pre; line-height: 1.5; padding: .05em .2em; margin-right: 2px;
      border: 1px solid rgb(127 127 127 / 55%); border-radius: .3em;
    }
    .moving .piece.merged {
      background: hsl(var(--hue) 85% 50% / 26%); border-color: hsl(var(--hue) 60% 50%);
    }
    .moving .piece.bytes { border-style: dashed; font-size: .8em; }

    .moving .cells { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; line-height: 2; }
    .moving .cell {
      display: inline-block; white-space: pre; line-height: 1.5; padding: 0 .3em; margin-right: 2px;
      border: 1px solid rgb(127 127 127 / 55%); border-radius: .3em;
    }
    .moving .cell.seen { background: hsl(212 80% 50% / 30%); border-color: hsl(212 80% 50%); }
    .moving .cell.next { background: hsl(24 95% 50% / 30%); border-color: hsl(24 95% 45%); font-weight: 700; }
    .moving .cell.marked { background: hsl(130 55% 45% / 30%); border-color: hsl(130 55% 40%); }
    .moving .cell.padding {
      border-style: dashed;
      background: repeating-linear-gradient(-45deg, transparent 0 4px, rgb(127 127 127 / 22%) 4px 6px);
    }
    .moving .grid {
      display: grid; gap: 3px; align-items: stretch; line-height: 1.5; margin-bottom: .6rem;
      grid-template-columns: max-content repeat(var(--columns), minmax(0, 3.2em));
    }
    .moving .grid .cell { padding: 0; margin: 0; text-align: center; overflow: hidden; min-height: 1.6em; }
    .moving .grid .name { padding-right: .5em; text-align: right; font-family: inherit; }
    .moving svg { max-width: 100%; height: auto; }
    .moving svg text { fill: currentColor; }

    .moving .bar { display: flex; align-items: center; gap: .6em; white-space: nowrap; }
    .moving .bar .name { flex: 0 0 var(--name); text-align: right; overflow: hidden; text-overflow: ellipsis; }
    .moving .bar .track {
      width: calc((100% - var(--name) - 5.5em) * var(--share)); /* beside it: the name, the number, two gaps */
      height: 1em; min-width: 2px; flex: none; background: hsl(212 80% 50% / 60%);
    }
    .moving .bar.marked { font-weight: 700; }
    .moving .bar.marked .track { background: hsl(24 95% 50%); }
    .moving .bar.cut .name { text-decoration: line-through; }
    .moving .bar.cut .track { background: none; border: 1px dashed currentColor; }

    .moving .shaded { line-height: 1.9; }
    .moving .looked {
      background: hsl(24 95% 50% / calc(var(--weight) * .55));
      border-radius: .2em; padding: .1em .15em; margin: 0 -.15em;
    }

    .moving table.matrix {
      width: auto; border-collapse: collapse; line-height: 1.2; font-variant-numeric: tabular-nums;
    }
    .moving .matrix th, .moving .matrix td {
      padding: .3em .5em; border: 0; text-align: right; font-weight: 400; background: none; color: inherit;
    }
    .moving .matrix tbody td {
      border: 1px solid rgb(127 127 127 / 35%); min-width: 3.4em;
      background: hsl(24 95% 50% / calc(var(--weight, 0) * .55));
    }
    .moving .matrix.plain tbody td { min-width: 0; padding: 0; width: 1.5em; height: 1.5em; }
    .moving .matrix.plain thead th { padding: .2em 0; vertical-align: bottom; }
    .moving .matrix.plain thead th span { writing-mode: vertical-rl; transform: rotate(180deg); }

    .moving svg.plane { width: 100%; max-width: 22rem; height: auto; overflow: visible; }
    .moving .plane .grating, .moving .plane .line { stroke: currentColor; fill: none; }
    .moving .plane .grating { opacity: .18; }
    .moving .plane .line { stroke-dasharray: 4 4; opacity: .7; }
    .moving .plane text { fill: currentColor; font-size: 15px; dominant-baseline: central; }
    .moving .plane .arrow { stroke: var(--colour); fill: var(--colour); stroke-width: 3; stroke-linejoin: round; }
    .moving .side-by-side { display: flex; flex-wrap: wrap; gap: .5rem 2rem; align-items: center; }
    .moving .side-by-side > * { flex: 1 1 15rem; min-width: 0; }
    </style>
""")

SCRIPT = inspect.cleandoc("""
    (() => {
      const figure = document.currentScript.closest(".moving");
      // positions of the earlier axes -> labels of the next one
      const choices = JSON.parse(figure.dataset.choices);
      const controls = [...figure.querySelectorAll("select, input")];
      const frames = new Map([...figure.querySelectorAll(".at")].map(frame => [frame.dataset.at, frame]));
      const said = figure.querySelector(".said");
      let shown = figure.querySelector(".shown");
      const show = () => {
        const at = [];
        for (const control of controls) {
          const labels = choices[at.join()];
          const menu = control.tagName === "SELECT";
          const position = Math.min(menu ? control.selectedIndex : Number(control.value), labels.length - 1);
          if (menu) {
            if (labels.join("\\n") !== [...control.options].map(option => option.text).join("\\n"))
              control.replaceChildren(...labels.map(label => new Option(label)));
            control.selectedIndex = position;
          } else {
            control.max = labels.length - 1;
            control.value = position;
            control.setAttribute("aria-valuetext", labels[position]);
            control.closest(".control").querySelector(".value").textContent = labels[position];
          }
          at.push(position);
        }
        const next = frames.get(at.join());
        if (next === shown) return;
        shown.classList.remove("shown");
        next.classList.add("shown");
        shown = next;
        said.textContent = next.firstElementChild.getAttribute("aria-label");
      };
      figure.addEventListener("input", show);
      show();
    })();
""")
