package dev.hairpin.rules.trace;

import dev.hairpin.rules.address.Family;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What can be said of a match that was kept in the words of its tool: it asks for something of one
 * protocol or family, and holds for no packet of another. nftables ends a rule there, inverted or
 * not (NFT_BREAK).
 */
final class KeptMatch {
  private static final Pattern FAMILY =
      Pattern.compile(
          "\"op\":\"(?<op>[=!]=)\",\"left\":\\{\"meta\":\\{\"key\":\"nfproto\"}},\"right\":\"(?<family>ipv[46])\"");
  private static final Pattern PROTOCOLS =
      Pattern.compile(
          "\"op\":\"(?<op>[=!]=)\",\"left\":\\{\"meta\":\\{\"key\":\"l4proto\"}},\"right\":(?<names>.+)");
  private static final Pattern HEADER =
      Pattern.compile("\"left\":\\{\"payload\":\\{\"protocol\":\"(?<protocol>\\w+)\"");
  private static final Pattern OF_IPTABLES = Pattern.compile("-p (?<protocol>[\\w-]+)(?: .*)?");

  /** No packet that we follow is for, or from, more than one. */
  private static final Pattern ADDRESS_TYPE =
      Pattern.compile(
          "(?:-m addrtype (?<not>! )?--(?:src|dst)-type (?:BROADCAST|MULTICAST|ANYCAST)"
              + "|-m pkttype (?<notSo>! )?--pkt-type (?:broadcast|multicast))");

  /** {@code --syn}: of TCP's packets those that begin a connection. */
  private static final Pattern FIRST_FLAGS =
      Pattern.compile("(?:-p tcp )?-m tcp (?<not>! )?--tcp-flags FIN,SYN,RST,ACK SYN");

  private static final Pattern QUOTED = Pattern.compile("\"([\\w-]+)\"");

  /** Those that no packet which we follow is of. */
  private static final Set<String> OTHERS =
      Set.of(
          "dccp", "udplite", "esp", "ah", "comp", "ipcomp", "igmp", "gre", "ospf", "vrrp", "arp");

  private KeptMatch() {}

  /**
   * Whether it holds.
   *
   * @param isFirst whether it is a connection's first packet, and no answer
   */
  static Answer holds(String text, Packet packet, boolean isFirst) {
    Matcher addressType = ADDRESS_TYPE.matcher(text);
    if (addressType.matches()) {
      return Answer.of(addressType.group("not") != null || addressType.group("notSo") != null);
    }
    Matcher flags = FIRST_FLAGS.matcher(text);
    if (flags.matches()) {
      boolean isSegment = names(packet).contains("tcp");
      return Answer.of(isSegment && isFirst == (flags.group("not") == null));
    }
    Matcher family = FAMILY.matcher(text);
    if (family.find()) {
      boolean isSame = family.group("family").equals(name(packet.destination().family()));
      return Answer.of(isSame == family.group("op").equals("=="));
    }
    Matcher protocols = PROTOCOLS.matcher(text);
    if (protocols.find()) {
      boolean isAmong =
          QUOTED
              .matcher(protocols.group("names"))
              .results()
              .map(result -> result.group(1))
              .anyMatch(names(packet)::contains);
      return Answer.of(isAmong == protocols.group("op").equals("=="));
    }
    return Stream.of(HEADER.matcher(text), OF_IPTABLES.matcher(text))
            .filter(Matcher::find)
            .map(found -> found.group("protocol"))
            .anyMatch(protocol -> isOfAnother(protocol, packet))
        ? Answer.NO
        : Answer.UNKNOWN;
  }

  private static String name(Family family) {
    return switch (family) {
      case IPV4 -> "ipv4";
      case IPV6 -> "ipv6";
    };
  }

  /** What the packet's own protocol is called. */
  private static Set<String> names(Packet packet) {
    return switch (packet.payload()) {
      case Packet.Payload.Segment segment -> Set.of(segment.protocol().keyword());
      case Packet.Payload.Ping() ->
          switch (packet.destination().family()) {
            case IPV4 -> Set.of("icmp");
            case IPV6 -> Set.of("icmpv6", "ipv6-icmp");
          };
    };
  }

  private static boolean isOfAnother(String protocol, Packet packet) {
    return switch (protocol) {
      case "ip" -> packet.destination().family() != Family.IPV4;
      case "ip6" -> packet.destination().family() != Family.IPV6;
      case "tcp", "udp", "sctp", "icmp", "icmpv6", "ipv6-icmp" -> !names(packet).contains(protocol);
      case String other -> OTHERS.contains(other);
    };
  }
}
