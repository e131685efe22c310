package dev.hairpin.it.promises;

import dev.hairpin.it.world.Namespace;
import dev.hairpin.it.world.PeerServer;
import dev.hairpin.it.world.World;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.promises.Network;
import dev.hairpin.rules.promises.Spot;
import dev.hairpin.rules.promises.Station;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The world of the promises, with a namespace for every {@link Station} and servers that answer. It
 * has no rules yet.
 */
final class Stage {
  private final World world;
  private final Map<Station, Namespace> places = new EnumMap<>(Station.class);

  private Stage(World world) {
    this.world = world;
  }

  static Stage in(World world) {
    Stage stage = new Stage(world);
    stage.build();
    return stage;
  }

  World world() {
    return world;
  }

  Namespace host() {
    return world.host();
  }

  Namespace place(Station station) {
    return places.get(station);
  }

  private void build() {
    places.put(Station.HOST, world.host());
    places.put(Station.OUTSIDE, world.outside());
    places.put(Station.LINK_LOCAL, world.outside());
    for (Station station : Station.values()) {
      places.computeIfAbsent(station, any -> world.namespace(suffix(station)));
    }
    host()
        .command("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        .run();
    configure(Station.HOST, linksOfTheHost());
    configure(Station.OUTSIDE, linksOutside());
    configure(Station.BEYOND, linksBeyond());
    for (Station station : Station.values()) {
      station.network().ifPresent(network -> configure(station, linksOn(network, station)));
      if (station != Station.HOST && station != Station.LINK_LOCAL) {
        serve(station);
      }
    }
  }

  private void serve(Station station) {
    PeerServer server = world.inhabitedBy(PeerServer.in(place(station))).tcp(80).tcp(81).udp(53);
    if (station.network().isEmpty()) {
      server.tcp(8080);
    }
  }

  private List<String> linksOfTheHost() {
    List<String> lines = new ArrayList<>();
    for (IpAddress alias : Network.ALIAS_ADDRESS.addresses()) {
      // IPv6 chooses the source of what the host sends by rules of its own.
      lines.add(address(alias, "eth0") + (isIpv6(alias) ? " preferred_lft 0" : ""));
    }
    lines.add(addresses(Station.HOST_LINK_LOCAL, "eth0").getFirst());
    lines.add("link add eth1 type veth peer name eth0 netns " + place(Station.BEYOND).name());
    lines.add("link set eth1 up");
    lines.addAll(addresses(Station.HOST_BEYOND, "eth1"));
    for (Network network : Network.values()) {
      lines.add("link add " + network.bridge() + " type bridge");
      lines.add("link set " + network.bridge() + " up");
      if (network.hasGateway()) {
        lines.addAll(addresses(network.gateway(), network.bridge()));
      }
    }
    for (Station station : Station.values()) {
      station.network().ifPresent(network -> lines.addAll(linkTo(station, network)));
    }
    return lines;
  }

  private List<String> linkTo(Station station, Network network) {
    String veth = "v" + suffix(station);
    return List.of(
        "link add " + veth + " type veth peer name eth0 netns " + place(station).name(),
        "link set " + veth + " master " + network.bridge() + " up");
  }

  /**
   * Whether what a bridge passes on may leave by the port that it came by: a container that dials
   * itself by way of the host. dockerd has it so where there is no userland proxy.
   */
  void setHairpinMode(boolean on) {
    for (Station station : Station.values()) {
      if (station.network().isPresent()) {
        host()
            .command("ip", "link", "set", "dev", "v" + suffix(station))
            .and("type", "bridge_slave", "hairpin", on ? "on" : "off")
            .run();
      }
    }
  }

  /** Those outside know the way to what is behind the host, as neighbours on a cable could. */
  private static List<String> linksOutside() {
    List<String> lines = new ArrayList<>(addresses(Station.LINK_LOCAL.spot(), "eth0"));
    for (IpAddress beyond : Station.BEYOND.spot().addresses()) {
      IpAddress host = Station.HOST.spot().address(beyond.family());
      lines.add("route add " + beyond + " via " + host);
    }
    return lines;
  }

  private static List<String> linksBeyond() {
    return own(Station.BEYOND, Station.HOST_BEYOND);
  }

  private static List<String> linksOn(Network network, Station station) {
    Spot gateway = network.hasGateway() ? network.gateway() : new Spot(List.of());
    return own(station, gateway);
  }

  private static List<String> own(Station station, Spot gateways) {
    List<String> lines = new ArrayList<>();
    lines.add("link set eth0 up");
    lines.addAll(addresses(station.spot(), "eth0"));
    gateways.addresses().forEach(gateway -> lines.add("route add default via " + gateway));
    return lines;
  }

  private static List<String> addresses(Spot spot, String link) {
    return spot.addresses().stream().map(address -> address(address, link)).toList();
  }

  private static String address(IpAddress address, String link) {
    return "address add "
        + address
        + (isIpv6(address) ? "/64" : "/24")
        + " dev "
        + link
        // Otherwise it can't be used before a second of looking for doubles.
        + (isIpv6(address) ? " nodad" : "");
  }

  private static boolean isIpv6(IpAddress address) {
    return address.family() == Family.IPV6;
  }

  private void configure(Station station, List<String> lines) {
    Path batch = world.directory().resolve("ip-" + suffix(station));
    try {
      Files.write(batch, lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    place(station).command("ip", "-batch", batch.toString()).run();
  }

  private static String suffix(Station station) {
    return station.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
