#!/bin/sh
# Makes a server's ACL file of users.acl, then becomes the command that follows.
#
#   start.sh TEMPLATE PASSWORDS OUTPUT COMMAND...
#
# TEMPLATE   users.acl: comments are dropped and the lines of a user joined, neither of which Redis reads by itself
# PASSWORDS  a file with one password a line: each is good, so that one can be added before the old one goes
# OUTPUT     the ACL file; it holds digests, never a password
set -eu
template=$1 passwords=$2 output=$3
shift 3

digests=
while IFS= read -r password || [ -n "$password" ]; do
  [ -n "$password" ] || continue
  digests="$digests #$(printf %s "$password" | sha256sum | cut -d ' ' -f 1)"
done < "$passwords"
if [ -z "$digests" ]; then
  echo "start.sh: $passwords holds no password" >&2
  exit 1
fi

# Naming a subcommand that the server does not know is an error that voids the whole file: SETINFO came with 7.2.
server=${REDIS_BIN:-$(command -v redis-server || command -v valkey-server)}
case "$("$server" --version)" in
  *v=[0-6].* | *v=7.[01].*) unknown='+client|setinfo' ;;
  *) unknown='' ;;
esac

umask 077
awk -v digests="$digests" -v unknown="$unknown" '
  /^[ \t]*(#|$)/ { next }
  /^user / && NR > 1 && line != "" { print line; line = "" }
  {
    for (field = 1; field <= NF; field++) {
      if ($field == unknown) continue
      word = $field == "%PASSWORDS%" ? substr(digests, 2) : $field
      line = line == "" ? word : line " " word
    }
  }
  END { if (line != "") print line }
' "$template" > "$output"
exec "$@"
