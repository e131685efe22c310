package dev.hairpin.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.control.PortLine;
import dev.hairpin.agent.control.Response;
import dev.hairpin.proxy.Traffic;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PortTableTest {
  private static final Response.Ports PORTS =
      new Response.Ports(
          List.of(
              new PortLine(
                  "0.0.0.0:8080/tcp",
                  "172.17.0.2:80",
                  "container web",
                  "8080:80",
                  PortLine.PUBLISHED,
                  "by the proxy alone, with PROXY protocol v2",
                  new Traffic(12, 2, 1, 3_200, 5_242_880))),
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
