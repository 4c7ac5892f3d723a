#!/bin/sh
# Starts HAProxy beside `aegis-agent --role gateway`: aegis-haproxy.sh FOLDER [HAPROXY]
# The folder is the agent's AEGIS_GATEWAY_DIR; HAProxy starts when the agent has put its configuration there.
set -eu
folder=$1
haproxy=${2:-haproxy}
until [ -s "$folder/haproxy.cfg" ]; do sleep 0.2; done
exec >>"$folder/haproxy.log"
# HAProxy takes the append flag off its standard output. This line moves to the end of the file first; without it a
# second start would write over what the first one logged.
echo
exec "$haproxy" -W -db -S "$folder/master.sock,mode,600" -f "$folder/haproxy.cfg"
