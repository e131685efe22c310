package dev.hairpin.it.doctor;

import static dev.hairpin.agent.doctor.Asker.HOST;
import static dev.hairpin.agent.doctor.Asker.OUTSIDE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hairpin.agent.doctor.Code;
import dev.hairpin.it.world.Namespace;
import dev.hairpin.it.world.Probe;
import dev.hairpin.it.world.World;
import dev.hairpin.rules.address.Protocol;
import java.util.List;

/** What is wrong between host and container: routes, addresses, wires, connections. */
final class WireFaults {
  private static final int CLIENTS_PORT = 40000;
  private static final String SECOND = "198.51.100";

  private WireFaults() {}

  static List<Fault> all() {
    return List.of(
        defaultRouteGone(),
        defaultRouteWrong(),
        bridgeDown(),
        addressTaken(),
        wireTooNarrow(),
        reversePath(),
        staleConnection());
  }

  static Fault defaultRouteGone() {
    return Fault.named("container's default route gone")
        .inside("ip route del default")
        .losing(OUTSIDE)
        .losingDatagrams(OUTSIDE)
        .found(Code.NO_WAY_BACK, "{name}")
        .undoneBy(patient -> patient.onInside("ip route replace default via {net}.0.1").run());
  }

  static Fault defaultRouteWrong() {
    return Fault.named("container's default route leads to nobody")
        .inside("ip route replace default via {net}.0.77")
        .losing(OUTSIDE)
        .losingDatagrams(OUTSIDE)
        .found(Code.NO_WAY_BACK, "{net}.0.77")
        .undoneBy(patient -> patient.onInside("ip route replace default via {net}.0.1").run());
  }

  static Fault bridgeDown() {
    return Fault.named("the bridge is down")
        .host("ip link set {bridge} down")
        .losing(OUTSIDE, HOST)
        .found(Code.NO_ROUTE, "{bridge}")
        .undoneBy(patient -> patient.onHost("ip link set {bridge} up").run());
  }

  /** Whoever speaks last is believed. */
  static Fault addressTaken() {
    return Fault.named("somebody else has the container's address")
        .doing(WireFaults::addDouble)
        .losing(OUTSIDE, HOST)
        .found(Code.ADDRESS_TAKEN, "{address}")
        .undoneBy(patient -> {
          patient.world().remove(Namespace.named(patient.world().name() + "dup"));
          patient.onHost("ip neigh flush dev {bridge}").run();
        });
  }

  private static void addDouble(Patient patient) {
    Namespace twin = patient.world().onBridge("dup", patient.fill("{bridge}"));
    // There has to be an entry that the double can take over. A bridge that takes the lowest of its
    // ports' hardware addresses forgets all entries when it gets another one by a new port.
    patient.onHost("busybox ping -c 1 -W 2 {address}").run();
    twin.command("ip", "address", "add", patient.fill("{address}/16"), "dev", "eth0").run();
    String mac =
        twin.command("ip", "-o", "link", "show", "eth0")
            .run()
            .replaceFirst("(?s).*link/ether (\\S+) .*", "$1");
    await("the host to believe the double")
        .until(() -> {
          twin.command("busybox", "arping", "-U", "-c", "1", "-w", "1", "-I", "eth0")
              .and(patient.fill("{address}"))
              .attempt();
          return patient.onHost("ip neigh show {address}").run().contains(mac);
        });
  }

  /** What the container sends in full length, its end of the cable drops and tells nobody. */
  static Fault wireTooNarrow() {
    return Fault.named("container's MTU above that of its cable")
        .doing(patient -> {
          patient.onHost("ip link set " + cable(patient) + " mtu 1400").run();
          assertThat(longPing(patient)).as("exit status of a long ping").isNotZero();
        })
        .found(Code.MTU_TOO_LARGE, "1400")
        .undoneBy(patient -> {
          patient.onHost("ip link set " + cable(patient) + " mtu 1500").run();
          assertThat(longPing(patient)).as("exit status of a long ping").isZero();
        });
  }

  private static int longPing(Patient patient) {
    return patient.onInside("busybox ping -c 1 -W 1 -s 1450 {net}.0.1").attempt().exit();
  }

  /** The host's end of what is eth0 inside. */
  private static String cable(Patient patient) {
    String eth0 = patient.onInside("ip -o link show eth0").run();
    String index = eth0.replaceFirst("(?s).*@if(\\d+):.*", "$1");
    return patient
        .onHost("ip -o link show")
        .run()
        .lines()
        .filter(line -> line.startsWith(index + ": "))
        .map(line -> line.replaceFirst("^\\d+: ([^@:]+).*", "$1"))
        .findFirst()
        .orElseThrow();
  }

  /** The container would answer by another network than the question came by. */
  static Fault reversePath() {
    return Fault.named("two networks, and rp_filter=1 on the published one")
        .doing(patient -> {
          patient.engine().run("network", "create", "--subnet", SECOND + ".0/24", "second");
          patient.engine().run("network", "connect", "second", patient.fill("{name}"));
        })
        .inside("ip route add 192.0.2.2/32 via " + SECOND + ".1")
        .doing(WireFaults::isAnsweredWithoutFilter)
        .inside("sysctl -qw net.ipv4.conf.eth0.rp_filter=1")
        .losing(OUTSIDE)
        .losingDatagrams(OUTSIDE)
        .found(Code.RP_FILTER, "rp_filter")
        .afterwards(patient -> {
          patient.onInside("sysctl -qw net.ipv4.conf.eth0.rp_filter=0").run();
          patient.engine().run("network", "disconnect", "second", patient.fill("{name}"));
          patient.engine().run("network", "rm", "second");
        });
  }

  private static void isAnsweredWithoutFilter(Patient patient) {
    String answer = Probe.from(patient.world().outside()).tcp(World.HOST_4, Patient.TCP_PORT);
    assertThat(answer).as("by the other network").startsWith("open");
  }

  /** One that asked before the port was published, and has asked ever since. */
  static Fault staleConnection() {
    return Fault.named("a UDP client that asked before the port was published")
        .doing(patient -> {
          patient.onHost("iptables -t nat -I PREROUTING -p udp --dport 5353 -j ACCEPT").run();
          Question early = patient.question(early());
          Question.ask(List.of(early), any -> true);
          patient.onHost("iptables -t nat -D PREROUTING -p udp --dport 5353 -j ACCEPT").run();
        })
        .losing(early())
        .found(Code.CONNECTION_STALE, "sport=" + CLIENTS_PORT);
  }

  private static Fault.Lost early() {
    return new Fault.Lost(OUTSIDE, Protocol.UDP, Patient.UDP_PORT, CLIENTS_PORT);
  }
}
