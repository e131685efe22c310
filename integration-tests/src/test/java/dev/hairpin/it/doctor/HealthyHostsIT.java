package dev.hairpin.it.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.doctor.Asker;
import dev.hairpin.agent.doctor.Code;
import dev.hairpin.it.doctor.Examination.CheckedWay;
import dev.hairpin.it.doctor.Examination.Reported;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.PeerServer;
import dev.hairpin.it.world.World;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Nobody is woken for nothing: hosts that are well, with publications of several kinds. */
@NeedsRealNetwork
class HealthyHostsIT {
  /** All addresses, one of them, the loopback address. */
  private static final List<String> SPECS =
      List.of("8080:80", "192.0.2.1:8083:80", "127.0.0.1:8084:80", "5353:53/udp");

  private static final String SEVERAL = "several";

  @ParameterizedTest
  @CsvSource({
    "docker20, true",
    "docker20, false",
    "docker28, true",
    "docker28, false",
    "docker29, true",
    "docker29-nft, true",
    "docker29-nft, false",
    "hairpin, true",
    "hairpin, false"
  })
  void nothingIsWrongWhereTheAgentPublishes(String layout, boolean proxy) {
    try (Patient patient =
        Patient.ofAgent(World.create(), SPECS, "--layout", layout, "--userland-proxy=" + proxy)) {
      isWell(patient);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void nothingIsWrongWhereDockerdPublishes(boolean proxy) {
    try (Patient patient = Patient.ofEngine(World.create(), "--userland-proxy=" + proxy)) {
      patient.engine().run("network", "create", "own");
      serve(
          patient,
          SEVERAL,
          "--network=own",
          "--publish=8085:80",
          "--publish=192.0.2.1:8083:80",
          "--publish=127.0.0.1:8084:80",
          "--publish=5354:53/udp",
          "--publish=20000-20009:20000-20009");
      isWell(patient);
    }
  }

  /** Rules of other people's that look dangerous, and are about something else. */
  @Test
  void whatHarmsNobodyIsNoFinding() {
    try (Patient patient = Patient.ofEngine(World.create(), "--userland-proxy=false")) {
      for (String rule :
          List.of(
              "-I DOCKER-USER -s 198.51.100.0/24 -j DROP",
              "-I DOCKER-USER -i eth0 -p tcp -m tcp --dport 8080 -j DROP",
              "-I FORWARD -p tcp -m tcp --dport 22 -j REJECT",
              "-t nat -I PREROUTING -i p1p1 -j ACCEPT",
              "-t nat -I PREROUTING -p tcp -m multiport --dports 443,8443 -j ACCEPT",
              "-t nat -I PREROUTING -d 198.51.100.9 -j DNAT --to-destination 198.51.100.10",
              "-t raw -I PREROUTING -p tcp -m tcp --dport 7788 -j TRACE",
              "-t raw -I PREROUTING -p udp -m udp --dport 4789 -j CT --notrack",
              "-t mangle -I FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu",
              "-t mangle -I FORWARD -j DSCP --set-dscp 0",
              "-t mangle -I POSTROUTING -j CLASSIFY --set-class 1:1",
              "-t mangle -I PREROUTING -j CONNMARK --restore-mark",
              "-I FORWARD -m conntrack --ctstate INVALID -j DROP",
              "-I FORWARD -p tcp -m tcp ! --syn -m conntrack --ctstate NEW -j DROP",
              "-I FORWARD -m addrtype --dst-type BROADCAST -j DROP",
              "-I FORWARD -m limit --limit 5/min -j LOG",
              "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT")) {
        patient.onHost("iptables " + rule).run();
      }
      // What is longer than that is cut in pieces, or its sender is told.
      patient.onHost("ip link set docker0 mtu 1400").run();
      isWell(patient);
    }
  }

  /** People try to close a port there, and wonder. */
  @Test
  void rulesForWhatTheHostItselfGetsAreANoteOnly() {
    try (Patient patient = Patient.ofEngine(World.create(), "--userland-proxy=false")) {
      for (String rule :
          List.of(
              "-P INPUT DROP",
              "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
              "-A INPUT -i lo -j ACCEPT",
              "-A INPUT -p tcp -m tcp --dport 8080 -j DROP")) {
        patient.onHost("iptables " + rule).run();
      }

      Examination said = isWell(patient);

      assertThat(said.notes()).extracting(Reported::code).contains(Code.INPUT_NOT_ASKED);
    }
  }

  private static void serve(Patient patient, String name, String... options) {
    PeerServer server = patient.world().inhabitedBy(PeerServer.in(patient.run(name, options)));
    server.tcp(80).udp(53);
    for (int port = 20000; port < 20010; port++) {
      server.tcp(port);
    }
  }

  /** It says so, and packets agree, way by way. */
  private static Examination isWell(Patient patient) {
    Examination said = patient.examine();
    assertThat(said.codes()).as("findings of %s", said).isEmpty();
    assertThat(said.exit()).isZero();
    assertThat(said.ways()).isNotEmpty();
    List<CheckedWay> ways = said.ways().stream().filter(way -> !isFromAnotherNetwork(way)).toList();
    Set<Question> hopeless =
        ways.stream()
            .filter(way -> !way.isReached())
            .map(patient::question)
            .collect(Collectors.toSet());
    Map<Question, String> answers =
        Question.ask(ways.stream().map(patient::question).toList(), hopeless::contains);
    assertThat(ways)
        .as("answers to %s\n%s", answers, said)
        .allMatch(way -> way.agreesWith(answers.get(patient.question(way))));
    return said;
  }

  /** The neighbour that there is has only the first container on its network. */
  private static boolean isFromAnotherNetwork(CheckedWay way) {
    return way.asker() == Asker.NEIGHBOUR && way.container().equals(SEVERAL);
  }
}
