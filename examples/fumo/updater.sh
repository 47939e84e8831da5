#!/bin/sh
# SPDX-License-Identifier: MIT
# A fake updater for FUMO, with two slots as a device with A/B partitions has them. The slots are files beside the packages:
# slot-a, slot-b, and "active", which says which of them runs. A package is a file whose first line is "firmware VERSION".
#
#   [csp.FUMO]
#   folder = /var/lib/omadm/fumo
#   download-command = /usr/libexec/omadm/updater.sh
#   update-command = /usr/libexec/omadm/updater.sh
#
# What is printed last is the result code that the server is told; what goes to standard error is for people.
set -eu
slots=$OMADM_STATE_DIR

download() {
  # From the start, also where an earlier run was cut off; never to another scheme.
  curl --globoff --fail --silent --show-error --location --proto '=https,http' --proto-redir '=https' \
    --output "$OMADM_PACKAGE" "$OMADM_URL" && return
  case $? in
  6 | 7 | 28 | 52 | 56) echo 503 ;; # no network, or it was lost
  22) echo 550 ;;                   # the server has no such package
  23) echo 501 ;;                   # no room
  *) echo 409 ;;
  esac
  exit 1
}

version() { sed -n '1s/^firmware //p' "$1"; }

update() {
  active=$(cat "$slots/active" 2> /dev/null || echo a)
  [ "$active" = a ] && other=b || other=a
  if [ "$OMADM_RESUMED" = 1 ] && [ ! -s "$OMADM_PACKAGE" ]; then
    echo 410 && exit 1
  fi
  new=$(version "$OMADM_PACKAGE")
  [ -n "$new" ] || { echo 402 && exit 1; }
  # A power cut after the switch: it is done already.
  if [ "$OMADM_RESUMED" = 1 ] && cmp -s "$OMADM_PACKAGE" "$slots/slot-$active"; then
    echo 200 && exit 0
  fi
  if [ -n "${OMADM_PKG_VERSION:-}" ] && [ "$new" != "$OMADM_PKG_VERSION" ]; then
    echo 403 && exit 1
  fi
  cp "$OMADM_PACKAGE" "$slots/slot-$other"
  sync "$slots/slot-$other"
  echo "$other" > "$slots/active.new"
  mv "$slots/active.new" "$slots/active" # the switch: before it the old slot runs, after it the new one
  sync "$slots"
  echo "installed $new into slot $other" >&2
  echo 200
}

case $OMADM_OPERATION in
download) download ;;
update) update ;;
*) echo 408 && exit 1 ;;
esac
