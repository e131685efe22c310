package dev.hairpin.agent.walk;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.toUnmodifiableSet;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.apply.CommandException;
import dev.hairpin.rules.apply.CommandRunner;
import dev.hairpin.rules.apply.CommandRunner.Finished;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.apply.Sysctls;
import dev.hairpin.rules.trace.Host;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A host as a packet of one family finds it.
 *
 * @param links its interfaces, in the kernel's order
 * @param gateway to everywhere else; empty without one
 * @param host the same for the tracer, with the settings that decide on a packet's way
 */
public record Surveyed(Family family, List<Link> links, Optional<IpAddress> gateway, Host host) {
  private static final String OFF = "0";

  public Surveyed {
    requireNonNull(family, "family");
    links = List.copyOf(links);
    requireNonNull(gateway, "gateway");
    requireNonNull(host, "host");
  }

  /**
   * Looks at the network namespace that commands run in.
   *
   * @throws FirewallException if it can't be looked at
   */
  public static Surveyed look(CommandRunner commands, Sysctls sysctls, Family family)
      throws FirewallException {
    String addresses = ask(commands, "ip", "-j", "-d", "address", "show");
    String routes = ask(commands, "ip", "-j", version(family), "route", "show", "table", "main");
    try {
      List<Link> links = links(addresses);
      return of(family, links, routes, settings(sysctls, family, links));
    } catch (IllegalArgumentException e) {
      throw new FirewallException("look at this host's network: ip: " + e.getMessage(), e);
    }
  }

  /** Those that decide on a packet's way. One that isn't there is of a module that isn't loaded. */
  private static Map<String, String> settings(Sysctls sysctls, Family family, List<Link> links)
      throws FirewallException {
    List<String> names =
        Stream.concat(
                Stream.of(
                    Sysctls.IPV4_FORWARDING,
                    Sysctls.IPV6_FORWARDING,
                    Sysctls.bridgeFilter(family),
                    Sysctls.routeLocalnet("all")),
                links.stream().map(Link::name).map(Sysctls::routeLocalnet))
            .toList();
    Map<String, String> settings = new HashMap<>();
    for (String name : names) {
      settings.put(dotted(name), sysctls.has(name) ? sysctls.read(name) : OFF);
    }
    return settings;
  }

  /** As sysctl(8) calls a setting; an interface's name may have dots of its own. */
  public static String dotted(String sysctl) {
    return sysctl.replace('/', '.');
  }

  /**
   * The interfaces of a host, in the kernel's order, from what its {@code ip -j -d address show}
   * prints.
   *
   * @throws IllegalArgumentException if it doesn't
   */
  public static List<Link> links(String addresses) {
    return IpJson.links(addresses);
  }

  /**
   * A host, from its interfaces, what its {@code ip -j route show} prints and its settings. A host
   * that doesn't say whether it forwards counts as one that does.
   *
   * @param sysctls by name, as {@link #dotted} has it; what is missing is off
   * @throws IllegalArgumentException if ip does not print that
   */
  public static Surveyed of(
      Family family, List<Link> links, String routes, Map<String, String> sysctls) {
    Surveyed surveyed = of(family, links, routes);
    return surveyed.with(
        surveyed
            .host()
            .withForwarding(forwarding(sysctls))
            .withLoopbackPassing(loopbackPassing(sysctls, links))
            .withBridgedMeetingRules(isOn(sysctls, Sysctls.bridgeFilter(family))));
  }

  /**
   * A host that forwards, from its interfaces and what its {@code ip -j route show} prints.
   *
   * @throws IllegalArgumentException if ip does not print that
   */
  public static Surveyed of(Family family, List<Link> links, String routes) {
    Host host =
        new Host(
            links.stream()
                .filter(link -> !link.isLoopback())
                .map(link ->
                    new Host.Interface(
                        link.name(), link.addresses().stream().map(Link.Address::address).toList()))
                .toList(),
            IpJson.routes(routes, family));
    Set<String> bridges =
        links.stream().filter(Link::isBridge).map(Link::name).collect(toUnmodifiableSet());
    return new Surveyed(family, links, IpJson.gateway(routes), host.withBridges(bridges));
  }

  /**
   * A host that forwards, from what its {@code ip -j -d address show} and {@code ip -j route show}
   * print.
   *
   * @throws IllegalArgumentException if they don't
   */
  public static Surveyed of(Family family, String addresses, String routes) {
    return of(family, links(addresses), routes);
  }

  /** The same with other settings. */
  public Surveyed with(Host other) {
    return new Surveyed(family, links, gateway, other);
  }

  public Optional<Link> link(String name) {
    return links.stream().filter(link -> link.name().equals(name)).findFirst();
  }

  /** The bridge that an interface is a port of. */
  public Optional<String> bridgeOf(String port) {
    return link(port).flatMap(Link::bridge);
  }

  private static Set<Family> forwarding(Map<String, String> sysctls) {
    Set<Family> families = EnumSet.noneOf(Family.class);
    if (!sysctls.getOrDefault(dotted(Sysctls.IPV4_FORWARDING), "1").equals(OFF)) {
      families.add(Family.IPV4);
    }
    if (!sysctls.getOrDefault(dotted(Sysctls.IPV6_FORWARDING), "1").equals(OFF)) {
      families.add(Family.IPV6);
    }
    return families;
  }

  /** What is set for all interfaces goes for each (IN_DEV_NET_ORCONF in linux/inetdevice.h). */
  private static Set<String> loopbackPassing(Map<String, String> sysctls, List<Link> links) {
    boolean all = isOn(sysctls, Sysctls.routeLocalnet("all"));
    return links.stream()
        .map(Link::name)
        .filter(name -> all || isOn(sysctls, Sysctls.routeLocalnet(name)))
        .collect(toUnmodifiableSet());
  }

  private static boolean isOn(Map<String, String> sysctls, String name) {
    return !sysctls.getOrDefault(dotted(name), OFF).equals(OFF);
  }

  private static String version(Family family) {
    return switch (family) {
      case IPV4 -> "-4";
      case IPV6 -> "-6";
    };
  }

  private static String ask(CommandRunner commands, String... argv) throws FirewallException {
    String doing = "look at this host's network: ";
    try {
      Finished finished = commands.run(argv);
      if (!finished.isSuccess()) {
        throw new FirewallException(
            doing + "ip exited " + finished.exitStatus() + ": " + finished.firstError());
      }
      return finished.output();
    } catch (CommandException e) {
      throw new FirewallException(doing + e.getMessage(), e);
    }
  }
}
