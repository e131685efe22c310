package dev.hairpin.rules.drafting;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.Link;
import dev.hairpin.rules.binding.PacketMark;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.drafting.FamilyState.MemberAddress;
import dev.hairpin.rules.netfilter.Reason;
import java.util.List;
import java.util.Optional;

/** Why there are rules that more than one layout has, in whatever language. */
public final class Reasons {
  /** The ground on which packets for other ports of a network are dropped. */
  public static final String AS_UNPUBLISHED = "like those for ports that nobody has published";

  /** What becomes of packets that neighbours send to a loopback address, where that is dropped. */
  public static final String NEIGHBOURS_DROPPED =
      "what a neighbour sends to that address was dropped on arrival";

  private Reasons() {}

  /** For the jump of packets that arrive for an address of this host. */
  public static Reason arrivingNotSentOn() {
    return Reason.of("without it, packets that others send to published ports are not sent on");
  }

  /** For the jump of packets that this host sends to itself. */
  public static Reason ownNotSentOn() {
    return Reason.of(
        "without it, packets that this host sends to its own published ports are not sent on");
  }

  /** For letting replies into a network. */
  public static Reason repliesDropped(BridgeNetwork network) {
    return because("replies to what members of %s asked for are dropped", network.bridge());
  }

  /**
   * For letting members reach each other. Bridged packets are forwarded packets too where
   * br_netfilter is loaded.
   */
  public static Reason membersParted(BridgeNetwork network) {
    return because(
        "packets between members of %s are dropped where bridged packets are filtered",
        network.bridge());
  }

  /** For keeping members from each other. */
  public static Reason membersMeet(BridgeNetwork network) {
    return because(
        "members of %s reach each other's ports, although inter-container communication is"
            + " switched off",
        network.bridge());
  }

  /** For closing an internal network to others. */
  public static Reason internalReached(BridgeNetwork network) {
    return because("packets from outside reach the internal network %s", network.bridge());
  }

  /** For closing others to an internal network. */
  public static Reason internalGetsOut(BridgeNetwork network) {
    return because("packets from the internal network %s reach the outside", network.bridge());
  }

  /** For letting pings into a network whose members others know by their own addresses. */
  public static Reason notPinged(BridgeNetwork network) {
    return because("nobody outside can ping members of %s", network.bridge());
  }

  /** For letting marked packets in. */
  public static Reason markedDropped(PacketMark mark) {
    return because("packets with the mark %s are dropped at ports that are not published", mark);
  }

  /** For letting members call out under the host's address. */
  public static Reason noReplyFromOutside(IpPrefix subnet) {
    return because(
        "packets from %s leave under an address that nobody outside can reply to", subnet);
  }

  /**
   * For having this host call members under an address of its bridge. The kernel never lets a
   * packet from ::1 out, so in IPv6 there is less to lose.
   */
  public static Reason noReplyToHost(BridgeNetwork network, Family family) {
    return switch (family) {
      case IPV4 ->
          because(
              "packets that this host sends from 127.0.0.1 to members of %s get no reply",
              network.bridge());
      case IPV6 ->
          because(
              "packets that this host sends to members of %s keep an address of its own choice",
              network.bridge());
    };
  }

  /**
   * For sending a host port's connections on.
   *
   * @param neighbours what becomes of packets that neighbours send to a loopback address
   */
  public static Reason notTranslated(PortBinding binding, ProxyMode proxyMode, String neighbours) {
    return notTranslated(binding.hostPort().toString(), binding, proxyMode, neighbours);
  }

  /**
   * The same for several host ports of one publisher.
   *
   * @param where all of them
   * @param binding the first of them
   */
  public static Reason notTranslated(
      String where, PortBinding binding, ProxyMode proxyMode, String neighbours) {
    String lost =
        switch (proxyMode) {
          case USERLAND ->
              binding.hostPort().address().isLoopback()
                  ? "the proxy serves " + where + "; " + neighbours
                  : "without it, packets to "
                      + where
                      + " go through the proxy, and "
                      + binding.publisher()
                      + " does not see who sent them";
          case HAIRPIN ->
              "without it, packets to " + where + " end at this host, where nothing answers them";
        };
    return Reason.of(lost, binding);
  }

  /** Why ports with a header have none of the rules that send connections on, a line for each. */
  public static List<String> ofHeaders(List<PortBinding> bindings) {
    return bindings.stream().flatMap(binding -> leftToProxy(binding).stream()).toList();
  }

  private static Optional<String> leftToProxy(PortBinding binding) {
    String left = binding.hostPort() + " for " + binding.publisher() + " is left to the proxy: ";
    return switch (binding.header()) {
      case NONE -> Optional.empty();
      case V1, V2 ->
          Optional.of(
              left
                  + "DNAT can't begin connections with PROXY protocol "
                  + binding.header().version().orElseThrow()
                  + "; they pass INPUT, not FORWARD");
      case UNDECIDED -> Optional.of(left + "Docker has not said yet how its container is labelled");
    };
  }

  /**
   * For letting packets in to a published port.
   *
   * @param where the address and port
   * @param dropped on what ground they are dropped otherwise
   */
  public static Reason closed(String where, String dropped) {
    return Reason.of("without it, packets for " + where + " are dropped " + dropped);
  }

  /** For covering a container that reaches its own port through the host. */
  public static Reason ownPortInVain(PortBinding binding) {
    return Reason.of(
        "without it, packets that "
            + binding.publisher()
            + " sends to its own published port come back from its own address, and it drops them",
        binding);
  }

  /** For letting the parent of a link ask. */
  public static Reason linkedDropped(Link link) {
    return Reason.of(
        "without it, packets from "
            + link.parent()
            + " to "
            + link.child().withPort(link.port())
            + " are dropped like all between members of "
            + link.bridge());
  }

  /** For letting the child of a link speak first. */
  public static Reason linkedUnaskedDropped(Link link) {
    return Reason.of(
        "without it, packets from "
            + link.child().withPort(link.port())
            + " to "
            + link.parent()
            + " are dropped, unless they belong to a connection that is known");
  }

  /** For dropping what others address to a member itself. */
  public static Reason reachedDirectly(MemberAddress member) {
    return Reason.of(
        "without it, packets that others address to "
            + member.address()
            + " itself reach the ports that "
            + member.publisher()
            + " publishes, whatever host address these are bound to");
  }

  /** For dropping what neighbours address to a loopback address of this host. */
  public static Reason loopbackReached(PortBinding binding) {
    return loopbackReached(binding.hostPort().toString(), binding);
  }

  /**
   * The same for several host ports.
   *
   * @param where all of them
   * @param binding the first of them
   */
  public static Reason loopbackReached(String where, PortBinding binding) {
    return Reason.of(
        "without it, packets that a neighbour addresses to "
            + where
            + (binding.isForKernel() ? " are DNATed to " : " may reach the proxy, and by it ")
            + binding.publisher()
            + ", although the port is for this host alone",
        binding);
  }

  /**
   * What is lost without a rule.
   *
   * @param lost with {@code %s} where it says what it is about
   */
  public static Reason because(String lost, Object about) {
    return Reason.of("without it, " + String.format(lost, about));
  }
}
