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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A host as a packet of one family finds it.
 *
 * @param links its interfaces, in the kernel's order
 * @param gateway to everywhere else; empty without one
 * @param host the same for the tracer, with the settings that decide on a packet's way
 */
public record Surveyed(Family family, List<Link> links, Optional<IpAddress> gateway, Host host) {
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
    String links = ask(commands, "ip", "-j", "-d", "address", "show");
    String routes = ask(commands, "ip", "-j", version(family), "route", "show", "table", "main");
    Surveyed surveyed;
    try {
      surveyed = of(family, links, routes);
    } catch (IllegalArgumentException e) {
      throw new FirewallException("look at this host's network: ip: " + e.getMessage(), e);
    }
    return surveyed.with(
        surveyed
            .host()
            .withForwarding(forwarding(sysctls))
            .withLoopbackPassing(loopbackPassing(sysctls, surveyed.links()))
            .withBridgedMeetingRules(isOn(sysctls, Sysctls.bridgeFilter(family))));
  }

  /**
   * A host that forwards, from what its {@code ip -j -d address show} and {@code ip -j route show}
   * print.
   *
   * @throws IllegalArgumentException if they don't
   */
  public static Surveyed of(Family family, String addresses, String routes) {
    List<Link> links = IpJson.links(addresses);
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

  private Surveyed with(Host other) {
    return new Surveyed(family, links, gateway, other);
  }

  public Optional<Link> link(String name) {
    return links.stream().filter(link -> link.name().equals(name)).findFirst();
  }

  /** The bridge that an interface is a port of. */
  public Optional<String> bridgeOf(String port) {
    return link(port).flatMap(Link::bridge);
  }

  private static Set<Family> forwarding(Sysctls sysctls) throws FirewallException {
    Set<Family> families = EnumSet.noneOf(Family.class);
    if (isOn(sysctls, Sysctls.IPV4_FORWARDING)) {
      families.add(Family.IPV4);
    }
    if (isOn(sysctls, Sysctls.IPV6_FORWARDING)) {
      families.add(Family.IPV6);
    }
    return families;
  }

  /** What is set for all interfaces goes for each (IN_DEV_NET_ORCONF in linux/inetdevice.h). */
  private static Set<String> loopbackPassing(Sysctls sysctls, List<Link> links)
      throws FirewallException {
    boolean all = isOn(sysctls, Sysctls.routeLocalnet("all"));
    Set<String> passing = new LinkedHashSet<>();
    for (Link link : links) {
      if (all || isOn(sysctls, Sysctls.routeLocalnet(link.name()))) {
        passing.add(link.name());
      }
    }
    return passing;
  }

  /** A setting that isn't there is one of a module that isn't loaded. */
  private static boolean isOn(Sysctls sysctls, String name) throws FirewallException {
    return sysctls.has(name) && !sysctls.read(name).equals("0");
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
