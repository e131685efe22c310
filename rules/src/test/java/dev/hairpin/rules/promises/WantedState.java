package dev.hairpin.rules.promises;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.Link;
import dev.hairpin.rules.binding.Member;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyHeader;
import dev.hairpin.rules.binding.RoutedPort;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What is published from the networks, the same in every situation. */
public final class WantedState {
  /** Published on all addresses: 8080/tcp and 5353/udp of {@link Station#WEB}. */
  static final int ON_ALL = 8080;

  static final int ON_ALL_UDP = 5353;

  /** Published on 127.0.0.1 and ::1: 8081/tcp and 5354/udp of {@link Station#WEB}. */
  static final int ON_LOOPBACK = 8081;

  static final int ON_LOOPBACK_UDP = 5354;

  /** Published on the host's address on eth0, for {@link Station#WEB}. */
  static final int ON_HOST_ADDRESS = 8082;

  /** Published on two loopback addresses, for {@link Station#WEB} and for another. */
  static final int ON_TWO_LOOPBACKS = 8088;

  static final Spot FIRST_LOOPBACK = Spot.at("127.0.1.2");
  static final Spot SECOND_LOOPBACK = Spot.at("127.0.1.3");

  static final int OF_STRANGER = 8083;
  static final int OF_FOUR = 8084;
  static final int OF_SHY = 8085;
  static final int OF_OPEN = 8086;
  static final int OF_TRUSTING = 8087;

  /** Published with the PROXY protocol, on all addresses and on loopback: {@link Station#WEB}. */
  static final int ANNOUNCED = 8089;

  static final int ANNOUNCED_ON_LOOPBACK = 8090;

  private WantedState() {}

  public static DesiredState in(Situation situation) {
    return new DesiredState(
        Stream.of(Network.values()).map(Network::wanted).toList(),
        Stream.of(Station.values()).flatMap(WantedState::member).toList(),
        bindings(),
        Stream.of(Family.values()).map(WantedState::routed).toList(),
        List.of(link()),
        situation.options());
  }

  /** The same networks, whose dockerd leaves it to us to publish. */
  public static DesiredState ofDockerd(Situation situation) {
    DesiredState all = in(situation);
    return new DesiredState(
        all.networks(), all.members(), List.of(), all.routed(), all.links(), all.options());
  }

  /** What is ours to write for beside it. */
  public static DesiredState besideDockerd(Situation situation) {
    DesiredState all = in(situation);
    return new DesiredState(
        all.networks(), all.members(), all.bindings(), List.of(), List.of(), all.options());
  }

  private static Stream<Member> member(Station station) {
    return station.network().stream()
        .map(network ->
            new Member(station.publisher(), network.bridge(), station.spot().addresses()));
  }

  private static List<PortBinding> bindings() {
    List<PortBinding> bindings = new ArrayList<>();
    Spot everywhere = Spot.at("0.0.0.0", "::");
    publish(bindings, Protocol.TCP, everywhere, ON_ALL, Station.WEB, 80);
    publish(bindings, Protocol.UDP, everywhere, ON_ALL_UDP, Station.WEB, 53);
    publish(bindings, Protocol.TCP, Spot.LOOPBACK, ON_LOOPBACK, Station.WEB, 80);
    publish(bindings, Protocol.UDP, Spot.LOOPBACK, ON_LOOPBACK_UDP, Station.WEB, 53);
    publish(bindings, Protocol.TCP, Station.HOST.spot(), ON_HOST_ADDRESS, Station.WEB, 80);
    publish(bindings, Protocol.TCP, FIRST_LOOPBACK, ON_TWO_LOOPBACKS, Station.WEB, 80);
    publish(bindings, Protocol.TCP, SECOND_LOOPBACK, ON_TWO_LOOPBACKS, Station.STRANGER, 80);
    publish(bindings, Protocol.TCP, everywhere, OF_STRANGER, Station.STRANGER, 80);
    publish(bindings, Protocol.TCP, everywhere, OF_FOUR, Station.FOUR, 80);
    publish(bindings, Protocol.TCP, everywhere, OF_SHY, Station.SHY, 80);
    publish(bindings, Protocol.TCP, everywhere, OF_OPEN, Station.OPEN, 80);
    publish(bindings, Protocol.TCP, everywhere, OF_TRUSTING, Station.TRUSTING, 80);
    List<PortBinding> announced = new ArrayList<>();
    publish(announced, Protocol.TCP, everywhere, ANNOUNCED, Station.WEB, 80);
    publish(announced, Protocol.TCP, Spot.LOOPBACK, ANNOUNCED_ON_LOOPBACK, Station.WEB, 80);
    announced.forEach(binding -> bindings.add(binding.with(ProxyHeader.V1)));
    return bindings;
  }

  private static void publish(
      List<PortBinding> bindings,
      Protocol protocol,
      Spot host,
      int hostPort,
      Station container,
      int port) {
    for (IpAddress address : host.addresses()) {
      bindings.add(
          new PortBinding(
              new HostPort(protocol, address, hostPort),
              container.spot().address(address.family()),
              port,
              container.publisher(),
              hostPort + ":" + port + "/" + protocol));
    }
  }

  private static RoutedPort routed(Family family) {
    return new RoutedPort(
        Protocol.TCP, Station.ROUTED.spot().address(family), 80, Station.ROUTED.publisher(), "80");
  }

  /** dockerd links over IPv4 only. */
  private static Link link() {
    return new Link(
        Network.SHY.bridge(),
        Station.SHY_FRIEND.spot().address(Family.IPV4),
        Station.SHY.spot().address(Family.IPV4),
        Protocol.TCP,
        81);
  }
}
