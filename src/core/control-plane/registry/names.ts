/** What can be said of an image by its name. */

/** Docker's official images (docker.io/library). Another one-part name is no repository. */
export const officialImages: ReadonlySet<string> = new Set(
  (
    'adminer aerospike almalinux alpine alt amazoncorretto amazonlinux api-firewall arangodb archlinux backdrop bash bonita buildpack-deps busybox caddy cassandra centos chronograf ' +
    'cirros clearlinux clefos clickhouse clojure composer convertigo couchbase couchdb crate dart debian docker drupal eclipse-mosquitto eclipse-temurin eggdrop elasticsearch elixir ' +
    'emqx erlang express-gateway fedora flink fluentd friendica gazebo gcc geonetwork ghost golang gradle groovy haproxy haskell haxe hello-world hitch httpd hylang ibmjava ' +
    'ibm-semeru-runtimes influxdb irssi jetty jobber joomla jruby julia kapacitor kibana kong krakend lightstreamer liquibase logstash mageia mariadb matomo maven mediawiki memcached ' +
    'mongo mongo-express monica mysql nats nats-streaming neo4j neurodebian nextcloud nginx node notary odoo open-liberty openjdk opensuse oraclelinux orientdb percona perl photon php ' +
    'php-zendserver phpmyadmin plone postfixadmin postgres pypy python r-base rabbitmq rakudo-star rapidoid redis redmine registry rethinkdb rocket.chat rockylinux ros ruby rust sapmachine ' +
    'satosa scratch silverpeas sl solr sonarqube spark spiped storm swift swipl teamspeak telegraf thrift tomcat tomee traefik ubuntu unit valkey varnish vault websphere-liberty wordpress ' +
    'xwiki yourls znc zookeeper'
  ).split(' '),
);

/** Repositories that want credentials, likewise. */
export const isPrivate = (repository: string): boolean => repository.includes('private');
