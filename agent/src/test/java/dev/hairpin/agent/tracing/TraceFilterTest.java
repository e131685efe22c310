package dev.hairpin.agent.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hairpin.agent.tracing.TraceFilter.Flow;
import dev.hairpin.agent.tracing.TraceFilter.Service;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Which packets are traced. A client 203.0.113.7 asks the host 198.51.100.1 for a container's port;
 * the container is 192.0.2.2.
 */
class TraceFilterTest {
  private static final IpPrefix CLIENT = IpPrefix.parse("203.0.113.7");
  private static final IpPrefix HOST = IpPrefix.parse("198.51.100.1");
  private static final IpPrefix CONTAINER = IpPrefix.parse("192.0.2.2");

  @Test
  void oneClientsConnectionsToAPublishedPortAndTheProxysToItsContainer() {
    TraceFilter filter =
        TraceFilter.of(
            200,
            Flow.to(Protocol.TCP, 8080).from(CLIENT).at(HOST),
            Flow.to(Protocol.TCP, 80).at(CONTAINER));

    assertThat(TraceScript.of(filter, "hairpin-trace-4242"))
        .isEqualTo(
            """
            table inet hairpin-trace-4242 {
            	limit most-packets {
            		rate 1/day burst 200 packets
            	}
            	counter traced {
            	}
            	counter passed-over {
            	}
            	chain tracing {
            		limit name "most-packets" counter name "traced" meta nftrace set 1 accept
            		counter name "passed-over" accept
            	}
            	chain prerouting {
            		type filter hook prerouting priority -399; policy accept;
            		ip saddr 203.0.113.7 ip daddr 198.51.100.1 tcp dport 8080 goto tracing
            		ip saddr 198.51.100.1 ip daddr 203.0.113.7 tcp sport 8080 goto tracing
            		ip daddr 192.0.2.2 tcp dport 80 goto tracing
            		ip saddr 192.0.2.2 tcp sport 80 goto tracing
            	}
            	chain prerouting-tracked {
            		type filter hook prerouting priority -199; policy accept;
            		ip saddr 203.0.113.7 ip daddr 198.51.100.1 tcp dport 8080 accept
            		ip saddr 198.51.100.1 ip daddr 203.0.113.7 tcp sport 8080 accept
            		ip daddr 192.0.2.2 tcp dport 80 accept
            		ip saddr 192.0.2.2 tcp sport 80 accept
            		ct original ip saddr 203.0.113.7 ct original ip daddr 198.51.100.1 meta l4proto tcp ct original proto-dst 8080 goto tracing
            		ct original ip saddr 203.0.113.7 ct original ip daddr 198.51.100.1 meta l4proto icmp ct protocol tcp ct original proto-dst 8080 goto tracing
            		ct original ip daddr 192.0.2.2 meta l4proto tcp ct original proto-dst 80 goto tracing
            		ct original ip daddr 192.0.2.2 meta l4proto icmp ct protocol tcp ct original proto-dst 80 goto tracing
            	}
            	chain output {
            		type filter hook output priority -399; policy accept;
            		ip saddr 203.0.113.7 ip daddr 198.51.100.1 tcp dport 8080 goto tracing
            		ip saddr 198.51.100.1 ip daddr 203.0.113.7 tcp sport 8080 goto tracing
            		ip daddr 192.0.2.2 tcp dport 80 goto tracing
            		ip saddr 192.0.2.2 tcp sport 80 goto tracing
            	}
            	chain output-tracked {
            		type filter hook output priority -199; policy accept;
            		ip saddr 203.0.113.7 ip daddr 198.51.100.1 tcp dport 8080 accept
            		ip saddr 198.51.100.1 ip daddr 203.0.113.7 tcp sport 8080 accept
            		ip daddr 192.0.2.2 tcp dport 80 accept
            		ip saddr 192.0.2.2 tcp sport 80 accept
            		ct original ip saddr 203.0.113.7 ct original ip daddr 198.51.100.1 meta l4proto tcp ct original proto-dst 8080 goto tracing
            		ct original ip saddr 203.0.113.7 ct original ip daddr 198.51.100.1 meta l4proto icmp ct protocol tcp ct original proto-dst 8080 goto tracing
            		ct original ip daddr 192.0.2.2 meta l4proto tcp ct original proto-dst 80 goto tracing
            		ct original ip daddr 192.0.2.2 meta l4proto icmp ct protocol tcp ct original proto-dst 80 goto tracing
            	}
            	chain delivered {
            		type filter hook input priority 2147483646; policy accept;
            	}
            	chain left {
            		type filter hook postrouting priority 2147483646; policy accept;
            	}
            }
            """);
  }

  @Test
  void aPortOfEveryAddressIsOfBothFamilies() {
    assertThat(rules(Flow.to(Protocol.UDP, 53)))
        .contains("\t\tudp dport 53 goto tracing\n")
        .contains("\t\tudp sport 53 goto tracing\n")
        .contains("\t\tmeta l4proto udp ct original proto-dst 53 goto tracing\n")
        .contains("\t\tmeta l4proto icmp ct protocol udp ct original proto-dst 53 goto tracing\n")
        .contains(
            "\t\tmeta l4proto ipv6-icmp ct protocol udp ct original proto-dst 53 goto tracing\n");
  }

  @Test
  void oneConnectionHasItsClientsPort() {
    assertThat(
            rules(
                Flow.to(new Service.Ports(Protocol.TCP, new PortRange(8000, 8009)))
                    .at(IpPrefix.parse("2001:db8::/64"))
                    .fromPort(40000)))
        .contains("\t\tip6 daddr 2001:db8::/64 tcp sport 40000 tcp dport 8000-8009 goto tracing\n")
        .contains("\t\tip6 saddr 2001:db8::/64 tcp dport 40000 tcp sport 8000-8009 goto tracing\n")
        .contains(
            "\t\tct original ip6 daddr 2001:db8::/64 meta l4proto tcp"
                + " ct original proto-src 40000 ct original proto-dst 8000-8009 goto tracing\n");
  }

  @Test
  void aPingIsOfTheFamilyOfItsAddresses() {
    assertThat(rules(Flow.to(new Service.Ping()).from(CLIENT)))
        .contains("\t\tip saddr 203.0.113.7 icmp type echo-request goto tracing\n")
        .contains("\t\tip daddr 203.0.113.7 icmp type echo-reply goto tracing\n")
        .contains("\t\tct original ip saddr 203.0.113.7 ct protocol icmp goto tracing\n")
        .doesNotContain("icmpv6");
    assertThat(rules(Flow.to(new Service.Ping())))
        .contains("\t\ticmp type echo-request goto tracing\n")
        .contains("\t\ticmpv6 type echo-reply goto tracing\n")
        .contains("\t\tct protocol ipv6-icmp goto tracing\n");
  }

  /** A chain of ours stands wherever ebtables can have one. */
  @Test
  void onABridgeAPacketIsKnownFirstAndSeenEverywhere() {
    TraceFilter filter =
        new TraceFilter(
            List.of(Flow.to(Protocol.TCP, 80).at(CONTAINER)), TraceFilter.Layers.IP_AND_BRIDGE, 20);

    assertThat(TraceScript.of(filter, "t"))
        .startsWith("table inet t {\n")
        .endsWith(
            """
            table bridge t {
            	limit most-packets {
            		rate 1/day burst 20 packets
            	}
            	counter traced {
            	}
            	counter passed-over {
            	}
            	chain tracing {
            		limit name "most-packets" counter name "traced" meta nftrace set 1 accept
            		counter name "passed-over" accept
            	}
            	chain broute-BROUTING {
            		type filter hook prerouting priority -2147483648; policy accept;
            		ip daddr 192.0.2.2 tcp dport 80 goto tracing
            		ip saddr 192.0.2.2 tcp sport 80 goto tracing
            	}
            	chain nat-PREROUTING {
            		type filter hook prerouting priority -300; policy accept;
            	}
            	chain filter-INPUT {
            		type filter hook input priority -200; policy accept;
            	}
            	chain filter-FORWARD {
            		type filter hook forward priority -200; policy accept;
            	}
            	chain nat-OUTPUT {
            		type filter hook output priority 100; policy accept;
            	}
            	chain filter-OUTPUT {
            		type filter hook output priority 200; policy accept;
            	}
            	chain nat-POSTROUTING {
            		type filter hook postrouting priority 300; policy accept;
            	}
            }
            """);
  }

  @Test
  void aTableThatCannotBeOwnedSaysNothingOfAnOwner() {
    assertThat(rules(Flow.to(Protocol.TCP, 80))).doesNotContain("owner");
  }

  @Test
  void whatCannotBeIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TraceFilter.of(1))
        .withMessage("a filter for no connections");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TraceFilter.of(0, Flow.to(Protocol.TCP, 80)))
        .withMessage("limit of 0 packets is outside 1-100000");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Flow.to(Protocol.TCP, 80).from(CLIENT).at(IpPrefix.parse("2001:db8::1")))
        .withMessage("connections from 203.0.113.7/32 to 2001:db8::1/128 are of no family");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Flow.to(new Service.Ping()).fromPort(1))
        .withMessage("a ping has no ports");
  }

  private static String rules(Flow flow) {
    return TraceScript.of(TraceFilter.of(20, flow), "t");
  }
}
