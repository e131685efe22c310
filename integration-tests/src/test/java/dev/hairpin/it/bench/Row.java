package dev.hairpin.it.bench;

/**
 * A line of the table.
 *
 * @param what is measured, with its unit
 * @param moreIsBetter whether it is a rate and not a cost
 */
record Row(String what, boolean moreIsBetter, Bar bar) {
  static Row bulk(int streams, boolean toContainer) {
    return rate("bulk, Gbit/s, " + streamsText(streams, toContainer), 1.0);
  }

  static Row bulkInside(int streams, boolean toContainer) {
    return rate("bulk dialled inside, Gbit/s, " + streamsText(streams, toContainer), 1.3);
  }

  static Row bulkCpu(int streams, boolean toContainer) {
    return cost("bulk, CPU s per GiB, " + streamsText(streams, toContainer), 0.9);
  }

  static Row connections(int clients) {
    return new Row(
        "short connections/s, " + clients + " clients",
        true,
        new Bar.TimesDockerProxyAndHaProxy(1.1, 0.95));
  }

  static Row connectionCpu(int clients) {
    return cost("CPU us per short connection, " + clients + " clients", 0.75);
  }

  static Row requests(int clients) {
    return rate("requests/s, " + clients + " keep-alive clients", 1.4);
  }

  static Row latency(int percentile, int clients) {
    return cost("latency p" + percentile + ", us, " + clients + " keep-alive clients", 0.8);
  }

  static Row datagrams(int bytes) {
    return rate("datagrams/s without loss, " + bytes + " B", 2.0);
  }

  static Row idle(int connections) {
    return cost("memory of " + connections + " idle connections, MiB PSS", 0.5);
  }

  static Row manyPorts(int ports) {
    return cost("memory of " + ports + " TCP ports, v4 and v6, MiB PSS", 0.1);
  }

  static Row opening(int ports) {
    return new Row(ports + " TCP ports opened, v4 and v6, s", false, new Bar.Below(1));
  }

  static Row firstByte() {
    return new Row("start to the first byte proxied, s", false, new Bar.Below(1));
  }

  private static Row rate(String what, double factor) {
    return new Row(what, true, new Bar.TimesDockerProxy(factor));
  }

  private static Row cost(String what, double factor) {
    return new Row(what, false, new Bar.TimesDockerProxy(factor));
  }

  private static String streamsText(int streams, boolean toContainer) {
    return streams + (streams == 1 ? " stream " : " streams ") + (toContainer ? "in" : "out");
  }
}
