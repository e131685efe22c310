package dev.hairpin.agent.cli;

import dev.hairpin.agent.doctor.Code;
import java.util.List;

/** The commands that show a person what a {@link Code} says, in the order in which to type them. */
final class SeeForOneself {
  private static final String WALK = "hairpin walk PORT";
  private static final String PREROUTING = "iptables -t nat -S PREROUTING";
  private static final String DOCKER = "iptables -t nat -S DOCKER";
  private static final String PORTS = "docker port CONTAINER";
  private static final String SOCKETS_INSIDE =
      "nsenter -t $(docker inspect -f '{{.State.Pid}}' CONTAINER) -n ss -tulnp";
  private static final String ADDRESS =
      "docker inspect -f '{{json .NetworkSettings.Networks}}' CONTAINER";

  private SeeForOneself() {}

  static List<String> commands(Code code) {
    return switch (code) {
      case RULE_MISSING -> List.of(PREROUTING, DOCKER, "iptables -S DOCKER", WALK);
      case RULES_GONE -> List.of("iptables-save", "nft list ruleset", "nft monitor");
      case RULE_STALE -> List.of(DOCKER, ADDRESS, WALK);
      case RULE_DROPS, POLICY_DROPS ->
          List.of("iptables -nvL FORWARD", "nft list ruleset", WALK, "hairpin trace PORT");
      case RULE_HIDES, RULE_DIVERTS ->
          List.of(PREROUTING, "nft list chains", WALK, "hairpin trace PORT --from outside");
      case NOT_TRACKED ->
          List.of("iptables -t raw -S", "conntrack -L -p tcp --orig-port-dst PORT", WALK);
      case LEGACY_RULE -> List.of("iptables-legacy-save", "iptables -V", "hairpin trace PORT");
      case RULE_NOT_UNDERSTOOD -> List.of(WALK, "hairpin trace PORT --predict");
      case FORWARDING_OFF ->
          List.of(
              "sysctl net.ipv4.ip_forward net.ipv4.conf.INTERFACE.forwarding",
              "grep -r forward /etc/sysctl.d /usr/lib/sysctl.d /etc/sysctl.conf",
              WALK);
      case ROUTE_LOCALNET_OFF ->
          List.of(
              "sysctl net.ipv4.conf.all.route_localnet net.ipv4.conf.BRIDGE.route_localnet",
              "hairpin walk localhost:PORT --from host");
      case BRIDGE_FILTER_OFF ->
          List.of(
              "lsmod | grep br_netfilter",
              "sysctl net.bridge.bridge-nf-call-iptables",
              "hairpin walk PORT --from CONTAINER-ADDRESS");
      case RP_FILTER ->
          List.of(
              "sysctl net.ipv4.conf.all.rp_filter net.ipv4.conf.INTERFACE.rp_filter",
              "ip route get CLIENT-ADDRESS",
              "nstat -az TcpExtIPReversePathFilter");
      case NO_ROUTE -> List.of("ip route get CONTAINER-ADDRESS", "ip address show BRIDGE", ADDRESS);
      case NO_WAY_BACK ->
          List.of(
              "nsenter -t $(docker inspect -f '{{.State.Pid}}' CONTAINER) -n ip route get"
                  + " CLIENT-ADDRESS",
              "tcpdump -ni BRIDGE port CONTAINER-PORT");
      case ADDRESS_TAKEN ->
          List.of(
              "arping -c 3 -I BRIDGE CONTAINER-ADDRESS",
              "ip neigh show CONTAINER-ADDRESS",
              "bridge fdb show br BRIDGE");
      case MTU_TOO_LARGE ->
          List.of(
              "ip link show BRIDGE",
              "docker exec CONTAINER cat /sys/class/net/eth0/mtu",
              "ping -M do -s 1472 CONTAINER-ADDRESS");
      case NOT_LISTENING, LISTENS_ON_LOOPBACK, LISTENS_ELSEWHERE, LISTENS_OTHER_FAMILY ->
          List.of(SOCKETS_INSIDE, ADDRESS, PORTS);
      case NOT_RUNNING ->
          List.of("docker inspect -f '{{json .State}}' CONTAINER", "docker logs CONTAINER");
      case ON_HOST_NETWORK, WITHOUT_NETWORK ->
          List.of("docker inspect -f '{{.HostConfig.NetworkMode}}' CONTAINER", ADDRESS);
      case INTERNAL_NETWORK -> List.of("docker network inspect NETWORK", PORTS);
      case NOT_PUBLISHED, PUBLISHED_ELSEWHERE -> List.of(PORTS, "hairpin ps", DOCKER);
      case PORT_TAKEN -> List.of("ss -tulnp 'sport = :PORT'", "hairpin ps");
      case PROXY_GONE, PROXY_STALE ->
          List.of("ss -tulnp 'sport = :PORT'", "ps -C docker-proxy -o pid,args", ADDRESS);
      case CONNECTION_STALE ->
          List.of(
              "conntrack -L -p udp --orig-port-dst PORT",
              "conntrack -D -p udp --orig-port-dst PORT");
      case CONNECTIONS_FULL ->
          List.of(
              "sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max",
              "dmesg | grep nf_conntrack",
              "conntrack -S");
      case COULD_NOT_READ -> List.of("hairpin doctor --collect");
      case LOST -> List.of(WALK, "hairpin trace PORT --from outside");
      case BY_PROXY -> List.of(PREROUTING, DOCKER, WALK, "ss -tlnp 'sport = :PORT'");
      case ANSWERS_ELSEWHERE ->
          List.of("tcpdump -ni BRIDGE udp port PORT", "ip route get CLIENT-ADDRESS");
      case INPUT_NOT_ASKED -> List.of(WALK, "iptables -nvL INPUT", "iptables -S DOCKER-USER");
    };
  }
}
