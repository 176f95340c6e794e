#!/bin/sh
# The pages of the book are tested in Chromium, from Debian's package. Installed where that may be done, named elsewhere.
command -v chromium >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing chromium"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
else
    echo "*** chromium is not here: the tests that open pages are SKIPPED. To run them: sudo apt-get install chromium"
fi
