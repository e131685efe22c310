package dev.hairpin.it.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ResultTableTest {
  private final Readings readings = new Readings();

  @Test
  void theBetterDockerProxyIsWhatWeAreComparedWith() {
    Row rate = Row.requests(16);
    read(rate, "hairpin", 150);
    read(rate, "old", 50);
    read(rate, "new", 100);
    Row cost = Row.idle(10);
    read(cost, "hairpin", 6);
    read(cost, "old", 10);
    read(cost, "new", 50);

    assertThat(lines())
        .containsSubsequence(
            "| requests/s, 16 keep-alive clients | 150 | 50.0 | 100 | - | - | 1.50 | >= 1.4 | ok |",
            "| memory of 10 idle connections, MiB PSS | 6.00 | 10.0 | 50.0 | - | - | 0.600 | <= 0.5"
                + " | below |");
  }

  @Test
  void haproxyIsABarOfItsOwn() {
    Row row = Row.connections(16);
    read(row, "hairpin", 1200);
    read(row, "old", 1000);
    read(row, "HAProxy", 1300);

    assertThat(lines().getLast())
        .isEqualTo(
            "| short connections/s, 16 clients | 1,200 | 1,000 | - | 1,300 | - | 1.20 | >= 1.1,"
                + " HAProxy 0.95 | below |");
  }

  @Test
  void whatTookNoPartIsADash() {
    read(Row.requests(16), "hairpin", 150);
    read(Row.firstByte(), "hairpin", 0.5);

    assertThat(lines())
        .containsSubsequence(
            "| requests/s, 16 keep-alive clients | 150 | - | - | - | - | - | >= 1.4 | - |",
            "| start to the first byte proxied, s | 0.500 | - | - | - | - | - | < 1.00 s | ok |");
  }

  @Test
  void aBarMayBeOneColumnOrANumber() {
    read(Row.oneMore(1000), "hairpin", 0.4);
    read(Row.oneMore(1000), PortsBenchmark.ONE_PORT, 0.2);
    read(Row.changedByStart(1000), "hairpin", 0);

    ResultTable table =
        new ResultTable(readings, "hairpin", List.of(), List.of(PortsBenchmark.ONE_PORT));

    assertThat(table.text().lines())
        .containsSubsequence(
            "| one more port beside 1000, s | 0.400 | 0.200 | 2.00 | <= 1.5 of one port | below |",
            "| transactions of that start | 0.000 | - | - | <= 0.000 | ok |");
  }

  @Test
  void theMedianIsTheMiddleOne() {
    read(Row.firstByte(), "odd", 9, 1, 2);
    read(Row.firstByte(), "even", 4, 1, 2, 9);

    assertThat(readings.median(Row.firstByte(), "odd")).hasValue(2);
    assertThat(readings.median(Row.firstByte(), "even")).hasValue(3);
    assertThat(readings.median(Row.firstByte(), "nobody")).isEmpty();
  }

  private void read(Row row, String contender, double... values) {
    for (double value : values) {
      readings.add(row, contender, value);
    }
  }

  private List<String> lines() {
    return new ResultTable(readings, "hairpin", List.of("old", "new"), List.of("HAProxy", "direct"))
        .text()
        .lines()
        .toList();
  }
}
