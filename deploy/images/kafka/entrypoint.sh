#!/usr/bin/env bash
# Speaks the official image's language: KAFKA_FOO_BAR=v becomes foo.bar=v, "__" is "_" and "___" is "-"; formats the storage on first start.
set -euo pipefail

config=/opt/kafka/config/server.properties
# Settings of the JVM and of the start-up script, not of the broker.
not_broker='^KAFKA_(VERSION|HEAP_OPTS|OPTS|JMX_OPTS|JVM_PERFORMANCE_OPTS|GC_LOG_OPTS|LOG4J_OPTS|LOG4J_ROOT_LOGLEVEL|LOG4J_LOGGERS|TOOLS_LOG4J_LOGLEVEL)$'

: "${KAFKA_LOG_DIRS:=/var/lib/kafka/data}"
export KAFKA_LOG_DIRS
for variable in $(compgen -e | grep '^KAFKA_' | grep -Ev "$not_broker" | sort); do
    key=$(sed -e 's/^KAFKA_//' -e 's/___/-/g' -e 's/__/%/g' -e 's/_/./g' -e 's/%/_/g' <<<"$variable")
    printf '%s=%s\n' "${key,,}" "${!variable}"
done >"$config"

# shellcheck disable=SC2206 -- options are several words on purpose
options=(${KAFKA_HEAP_OPTS:--Xmx1G -Xms1G} ${KAFKA_JVM_PERFORMANCE_OPTS:-} ${KAFKA_OPTS:-}
    -Dlog4j2.configurationFile=/opt/kafka/config/log4j2.properties)
if [ ! -f "${KAFKA_LOG_DIRS%%,*}/meta.properties" ]; then
    java -Xmx128m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dlog4j2.configurationFile=/opt/kafka/config/log4j2.properties \
        -cp '/opt/kafka/libs/*' kafka.tools.StorageTool format -t "${CLUSTER_ID:-5L6g3nShT-eMCtK--X86sw}" -c "$config"
fi
exec java "${options[@]}" -cp '/opt/kafka/libs/*' kafka.Kafka "$config"
