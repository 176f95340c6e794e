#!/bin/sh
# install_debian.sh PACKAGE COMMAND WHAT: Debian's package, whose COMMAND the tests of WHAT need. Installed where that may
# be done, named elsewhere.
package=$1 command=$2 what=$3
command -v "$command" >/dev/null && exit 0
if [ "$(uname)" = Linux ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing $package"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null
else
    echo "*** $package is not here: the tests of $what are SKIPPED. To run them: sudo apt-get install $package"
fi
