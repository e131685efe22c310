package dev.hairpin.agent.doctor;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** What is wrong, by a name that stays the same from version to version. */
public enum Code {
  /** A rule of the publisher's is not there, and others of it are. */
  RULE_MISSING,
  /** None of the publisher's rules is there. */
  RULES_GONE,
  /** A rule in the publisher's chains is about something that is no more. */
  RULE_STALE,
  /** Somebody's rule drops or rejects the packet. */
  RULE_DROPS,
  /** Somebody's rule takes the packet out of nat before the publisher's is asked. */
  RULE_HIDES,
  /** Somebody's rule sends the packet elsewhere. */
  RULE_DIVERTS,
  /** Somebody's rule has the connection not tracked, so that nothing is translated. */
  NOT_TRACKED,
  /** A base chain drops what nobody accepts, and nobody accepts it. */
  POLICY_DROPS,
  /** A rule of iptables-legacy does it, which stands beside the other iptables. */
  LEGACY_RULE,
  /** What becomes of the packet hangs on a rule that is not understood. */
  RULE_NOT_UNDERSTOOD,
  FORWARDING_OFF,
  ROUTE_LOCALNET_OFF,
  BRIDGE_FILTER_OFF,
  /** The receiver drops what comes by another way than its answer would go. */
  RP_FILTER,
  /** This host has no way to the container. */
  NO_ROUTE,
  /** The container has no way back to the client. */
  NO_WAY_BACK,
  /** Somebody else answers for the container's address. */
  ADDRESS_TAKEN,
  /** Packets that the container sends are too long for its wire, and nobody tells it. */
  MTU_TOO_LARGE,
  NOT_LISTENING,
  LISTENS_ON_LOOPBACK,
  LISTENS_ELSEWHERE,
  LISTENS_OTHER_FAMILY,
  NOT_RUNNING,
  ON_HOST_NETWORK,
  WITHOUT_NETWORK,
  INTERNAL_NETWORK,
  NOT_PUBLISHED,
  PUBLISHED_ELSEWHERE,
  PORT_TAKEN,
  PROXY_GONE,
  PROXY_STALE,
  CONNECTION_STALE,
  CONNECTIONS_FULL,
  COULD_NOT_READ,
  /** The packet is lost, and no single change would save it. */
  LOST,
  /** The port is reached, but by way of the userland proxy, where rules should have done it. */
  BY_PROXY,
  /** No fault of anybody's here: docker-proxy answers datagrams from an address of its choice. */
  ANSWERS_ELSEWHERE,
  /** No fault: rules for what this host itself gets are never asked about a published port. */
  INPUT_NOT_ASKED;

  /** {@code rule-missing}. */
  public String keyword() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The code of that name. */
  public static Optional<Code> of(String keyword) {
    return Stream.of(values()).filter(code -> code.keyword().equals(keyword)).findFirst();
  }

  @Override
  public String toString() {
    return keyword();
  }
}
