package dev.hairpin.agent.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.proxy.Traffic;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PortRunTest {
  private static final Traffic SOME = new Traffic(1, 0, 0, 10, 20);

  @Test
  void portsThatFollowEachOtherOnBothSidesAreOneRun() {
    List<PortLine> lines = List.of(line(8000, 80), line(8001, 81), line(8002, 82));

    assertThat(PortRun.of(lines)).containsExactly(new PortRun(line(8000, 80), 3));
  }

  /** As dockerd orders them. */
  @Test
  void theyMayComeFromTheTopAndAlternateWithTheOtherFamilys() {
    List<PortLine> lines = new ArrayList<>();
    for (int port = 8002; port >= 8000; port--) {
      lines.add(line("0.0.0.0:" + port + "/tcp", "172.17.0.2:" + port, Traffic.NONE));
      lines.add(line("[::]:" + port + "/tcp", "[fd00::2]:" + port, Traffic.NONE));
    }

    assertThat(PortRun.of(lines))
        .containsExactly(
            new PortRun(line("0.0.0.0:8000/tcp", "172.17.0.2:8000", Traffic.NONE), 3),
            new PortRun(line("[::]:8000/tcp", "[fd00::2]:8000", Traffic.NONE), 3));
  }

  @Test
  void oneThatFaresOtherwiseIsARunOfItsOwn() {
    PortLine busy = line("0.0.0.0:8001/tcp", "172.17.0.2:81", SOME);
    List<PortLine> lines = List.of(line(8000, 80), busy, line(8002, 82), line(8003, 90));

    assertThat(PortRun.of(lines)).hasSize(4);
  }

  @Test
  void theLinesOfTheRunsAreThoseThatItWasMadeOf() {
    List<PortLine> lines =
        IntStream.range(0, 100)
            .mapToObj(port -> line(65_436 + port, (port % 7 == 0 ? 1 : 1000) + port))
            .toList();

    assertThat(PortRun.of(lines).stream().flatMap(PortRun::lines))
        .containsExactlyInAnyOrderElementsOf(lines);
  }

  private static PortLine line(int host, int container) {
    return line("0.0.0.0:" + host + "/tcp", "172.17.0.2:" + container, Traffic.NONE);
  }

  private static PortLine line(String host, String backend, Traffic proxied) {
    return new PortLine(
        host, backend, "container web", "8000-8002:80-82", PortLine.PUBLISHED, "", proxied);
  }
}
