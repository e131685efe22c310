package dev.hairpin.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.control.PortLine;
import dev.hairpin.agent.control.PortRun;
import dev.hairpin.agent.control.Response;
import dev.hairpin.proxy.Traffic;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PortTableTest {
  private static final Response.Ports PORTS =
      new Response.Ports(
          PortRun.of(
              List.of(
                  new PortLine(
                      "0.0.0.0:8080/tcp",
                      "172.17.0.2:80",
                      "container web",
                      "8080:80",
                      PortLine.PUBLISHED,
                      "by the proxy alone, with PROXY protocol v2",
                      new Traffic(12, 2, 1, 3_200, 5_242_880)))),
          List.of("a thing is wrong"));

  @Test
  void trafficIsWhatTheProxyHasCarried() {
    StringWriter text = new StringWriter();
    PortTable.printTraffic(PORTS, new PrintWriter(text));

    assertThat(text.toString())
        .isEqualTo(
            """
            HOST PORT          WHOSE           CONNECTIONS   OPEN   REFUSED   IN        OUT
            0.0.0.0:8080/tcp   container web   12            2      1         3.1 KiB   5.0 MiB
            problem: a thing is wrong
            """);
  }

  /** As the agent lists them: both families in turn, the last port first. */
  @Test
  void portsOfARangeAreOneRowWhereTheyFareAlike() {
    List<PortLine> lines = new ArrayList<>();
    for (int port = 8005; port >= 8000; port--) {
      for (String any : List.of("0.0.0.0", "[::]")) {
        String state = port == 8003 ? "address already in use" : PortLine.PUBLISHED;
        lines.add(
            line(any + ":" + port, "172.17.0.2:" + (port + 1000), "8000-8005:9000-9005", state));
      }
    }
    lines.add(line("0.0.0.0:8006", "172.17.0.2:9006", "8006:9006", PortLine.PUBLISHED));
    StringWriter text = new StringWriter();

    PortTable.print(new Response.Ports(PortRun.of(lines), List.of()), false, new PrintWriter(text));

    assertThat(text.toString())
        .isEqualTo(
            """
            HOST PORT               BACKEND                WHOSE           SPEC                  STATE
            0.0.0.0:8000-8002/tcp   172.17.0.2:9000-9002   container web   8000-8005:9000-9005   published
            0.0.0.0:8004-8005/tcp   172.17.0.2:9004-9005   container web   8000-8005:9000-9005   published
            [::]:8000-8002/tcp      172.17.0.2:9000-9002   container web   8000-8005:9000-9005   published
            [::]:8004-8005/tcp      172.17.0.2:9004-9005   container web   8000-8005:9000-9005   published
            0.0.0.0:8003/tcp        172.17.0.2:9003        container web   8000-8005:9000-9005   address already in use
            [::]:8003/tcp           172.17.0.2:9003        container web   8000-8005:9000-9005   address already in use
            0.0.0.0:8006/tcp        172.17.0.2:9006        container web   8006:9006             published
            """);
  }

  @Test
  void trafficOfARangeIsThatOfAllItsPorts() {
    List<PortLine> lines =
        List.of(
            line("0.0.0.0:8000", "172.17.0.2:80", "8000-8001:80-81", PortLine.PUBLISHED),
            line("0.0.0.0:8001", "172.17.0.2:81", "8000-8001:80-81", PortLine.PUBLISHED));
    StringWriter text = new StringWriter();

    PortTable.printTraffic(new Response.Ports(PortRun.of(lines), List.of()), new PrintWriter(text));

    assertThat(text.toString().lines().skip(1))
        .containsExactly(
            "0.0.0.0:8000-8001/tcp   container web   2             4      6         8 B   10 B");
  }

  private static PortLine line(String host, String backend, String spec, String state) {
    return new PortLine(
        host + "/tcp", backend, "container web", spec, state, "", new Traffic(1, 2, 3, 4, 5));
  }

  @Test
  void aNoteIsShownWithTheState() {
    StringWriter text = new StringWriter();
    PortTable.print(PORTS, false, new PrintWriter(text));

    assertThat(text.toString()).contains("published; by the proxy alone, with PROXY protocol v2\n");
  }

  @Test
  void programsGetItInEveryPort() {
    StringWriter text = new StringWriter();
    PortTable.print(PORTS, true, new PrintWriter(text));

    assertThat(text.toString()).contains("\"proxied\"", "\"accepted\" : 12", "\"refused\" : 1");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "1023, 1023 B",
    "1024, 1.0 KiB",
    "1536, 1.5 KiB",
    "2147483648, 2.0 GiB",
    "9223372036854775807, 8.0 EiB"
  })
  void bytesAreWrittenForPeople(long count, String text) {
    assertThat(PortTable.bytes(count)).isEqualTo(text);
  }
}
