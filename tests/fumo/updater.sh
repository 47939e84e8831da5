#!/bin/sh
# SPDX-License-Identifier: MIT
# The commands of the tests. What one is to do stands in a file beside the packages, "do-OPERATION", or "resumed-OPERATION" for one
# that runs again: words of the case below. Each run leaves a line in the file "log".
here=$OMADM_STATE_DIR
printf '%s %s %s %s\n' "$OMADM_OPERATION" "$OMADM_RESUMED" "$OMADM_INSTANCE" "$$" >> "$here/log"
env > "$here/env-$OMADM_OPERATION"
what=ok
[ -f "$here/do-$OMADM_OPERATION" ] && what=$(cat "$here/do-$OMADM_OPERATION")
[ "$OMADM_RESUMED" = 1 ] && what=ok && [ -f "$here/resumed-$OMADM_OPERATION" ] && what=$(cat "$here/resumed-$OMADM_OPERATION")
[ "$OMADM_OPERATION" = download ] && [ "$what" = ok ] && echo "package of $OMADM_URL" > "$OMADM_PACKAGE"
case $what in
ok) exit 0 ;;
none) exit 0 ;;
exit*) exit "${what#exit }" ;;
say*) echo "talk"; printf '%s\n' "${what#say }" ;;
lie) echo 200; exit 3 ;;
flood) yes 200200200200200200200200200200200200 | head -c 20000000; echo; echo 250 ;;
line) head -c 3000000 /dev/zero | tr '\0' 7 ;;
slow) sleep 600 & wait ;;
stubborn) trap '' TERM; sleep 600 & wait; sleep 600 ;;
take) rm -f "$OMADM_PACKAGE"; exit 1 ;;
signal) kill -9 $$ ;;
child) sleep 600 & exit 0 ;;
esac
