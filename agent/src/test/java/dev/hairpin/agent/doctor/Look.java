package dev.hairpin.agent.doctor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a host with dockerd 28.5 and one container looks like. */
final class Look {
  private static final Path RECORDED = Path.of("src/test/resources/recorded/28.5.2/one-tcp");

  static final String LINKS =
      """
      [{"ifname":"lo","flags":["LOOPBACK","UP"],"mtu":65536,"link_type":"loopback",
        "address":"00:00:00:00:00:00",
        "addr_info":[{"family":"inet","local":"127.0.0.1","prefixlen":8}]},
       {"ifname":"eth0","flags":["BROADCAST","UP","LOWER_UP"],"mtu":1400,"link_type":"ether",
        "address":"02:FC:00:00:00:01",
        "addr_info":[{"family":"inet","local":"192.0.2.1","prefixlen":24},
                     {"family":"inet6","local":"2001:db8::1","prefixlen":64}]},
       {"ifname":"docker0","flags":["BROADCAST"],"mtu":1500,"link_type":"ether",
        "address":"02:42:00:00:00:01","linkinfo":{"info_kind":"bridge"},
        "addr_info":[{"family":"inet","local":"172.17.0.1","prefixlen":16}]}]
      """;

  static final String RECORD =
      """
      {"standing":"BESIDE","layout":"docker28",
       "state":{"options":{"proxyMode":"USERLAND","directRouting":false,"rawTable":true}},
       "docker":{},
       "rules":{"IPV4":{"text":"*nat\\n:HAIRPIN -\\n-A HAIRPIN -i docker0 -j RETURN\\nCOMMIT\\n"}}}
      """;

  /** Every section that there can be, each as it should be. */
  static final Map<String, String> SECTIONS = sections();

  private Look() {}

  private static Map<String, String> sections() {
    Map<String, String> sections = new LinkedHashMap<>();
    sections.put("iptables-save", recorded("iptables.txt"));
    sections.put("ip6tables-save", recorded("ip6tables.txt"));
    sections.put("iptables-legacy-save", "*filter\n:FORWARD DROP [0:0]\nCOMMIT\n");
    sections.put(
        "nft -j list ruleset",
        """
        {"nftables": [{"metainfo": {"version": "1.1.3"}},
          {"table": {"family": "inet", "name": "fw", "handle": 1}},
          {"chain": {"family": "inet", "table": "fw", "name": "fwd", "handle": 1,
                     "type": "filter", "hook": "forward", "prio": 0, "policy": "drop"}},
          {"table": {"family": "ip", "name": "nat", "handle": 2}}]}
        """);
    sections.put("ip -j -d address show", LINKS);
    sections.put(
        "ip -j -4 route show table main",
        """
        [{"dst":"default","gateway":"192.0.2.254","dev":"eth0","flags":[]},
         {"dst":"172.17.0.0/16","dev":"docker0","flags":[]}]
        """);
    sections.put("ip -j -6 route show table main", "[ ]\n");
    sections.put(
        "ip -j neighbour show",
        """
        [{"dst":"172.17.0.2","dev":"docker0","lladdr":"02:42:AC:11:00:02","state":["STALE"]},
         {"dst":"172.17.0.3","dev":"docker0","state":["FAILED"]}]
        """);
    sections.put(
        "sysctl",
        """
        net.ipv4.ip_forward = 1
        net.ipv6.conf.all.forwarding=0
        net.bridge.bridge-nf-call-iptables = 1
        net.ipv4.conf.eth0/100.rp_filter = 1
        net.ipv4.conf.docker0.route_localnet = 1
        """);
    sections.put(
        "ss -H -l -n -p -t -u -S",
        "tcp LISTEN 0 4096 0.0.0.0:8080 0.0.0.0:* users:((\"docker-proxy\",pid=123,fd=4))\n");
    sections.put(
        "ps docker-proxy",
        "123 /usr/bin/docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 8080\n");
    sections.put("docker version", "28.5.2\n");
    sections.put("docker network inspect", recorded("networks.json"));
    sections.put("docker inspect", recorded("containers.json"));
    sections.put("daemon.json", "{\"userland-proxy\": true, \"icc\": false}\n");
    sections.put("dockerd", "dockerd --userland-proxy=false\n");
    sections.put("hairpin applied.json", RECORD);
    sections.put("hairpin agent", "4711\n");
    sections.put(
        "conntrack -L",
        "tcp 6 100 ESTABLISHED src=192.0.2.9 dst=192.0.2.1 sport=1 dport=8080 [ASSURED] use=1\n");
    sections.put("inside web: ip -j -d address show", LINKS);
    sections.put("inside web: ip -j -4 route show table main", "[]\n");
    sections.put("inside web: ip -j -6 route show table main", "");
    sections.put("inside web: ss -lntup", "tcp LISTEN 0 5 127.0.0.1:80 0.0.0.0:*\n");
    sections.put("inside web: sysctl", "net.ipv4.conf.all.rp_filter = 2\n");
    return sections;
  }

  private static String recorded(String file) {
    try {
      return Files.readString(RECORDED.resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Evidence read(Map<String, String> sections) {
    return EvidenceReader.read(new Bundle(sections));
  }

  /** All sections, with one of them replaced. */
  static Evidence readWith(String section, String text) {
    Map<String, String> sections = new LinkedHashMap<>(SECTIONS);
    sections.put(section, text);
    return read(sections);
  }

  static List<String> troubled(Evidence evidence) {
    return evidence.troubles().stream().map(Evidence.Trouble::section).distinct().toList();
  }
}
