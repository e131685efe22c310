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
        new Bar.TimesOriginalAndHaProxy(1.1, 0.95));
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
    return new Row(ports + " TCP ports opened, v4 and v6, s", false, new Bar.Below(1, "s"));
  }

  static Row published(int ports) {
    return cost(ports + " ports of a new container published, v4 and v6, s", 1.0 / 20);
  }

  static Row removed(int ports) {
    return cost("the same taken away, s", 1.0 / 40);
  }

  static Row memoryOfPublished(int ports) {
    return cost("memory while " + ports + " ports are published, MiB PSS", 0.1);
  }

  static Row examined(int containers, int ports) {
    return new Row(
        "hairpin doctor, "
            + (ports + " ports of ")
            + (containers == 1 ? "that container" : containers + " containers")
            + ", s",
        false,
        new Bar.Below(3, "s"));
  }

  static Row oneMore(int published) {
    return new Row(
        "one more port beside " + published + ", s",
        false,
        new Bar.Times(PortsBenchmark.ONE_PORT, 1.5));
  }

  static Row kernelConnections(int published) {
    return new Row(
        "connections/s to the last of " + published + " ports, by the kernel",
        true,
        new Bar.Times(PortsBenchmark.ONE_PORT, 0.95));
  }

  static Row wide(int ports) {
    return new Row(ports + "-port range published, v4 and v6, s", false, new Bar.Below(2, "s"));
  }

  static Row memoryOfWide(int ports) {
    return new Row("memory with that range, MiB PSS", false, new Bar.Below(300, "MiB"));
  }

  static Row repaired(int ports) {
    return new Row(
        "all rules flushed under " + ports + " ports: to the next connection by DNAT, s",
        false,
        new Bar.Below(1, "s"));
  }

  static Row started(int ports) {
    return new Row(
        "agent's start over " + ports + " ports in force, s", false, new Bar.Below(3, "s"));
  }

  static Row changedByStart(int ports) {
    return new Row("transactions of that start", false, new Bar.AtMost(0));
  }

  static Row firstByte() {
    return new Row("start to the first byte proxied, s", false, new Bar.Below(1, "s"));
  }

  private static Row rate(String what, double factor) {
    return new Row(what, true, new Bar.TimesOriginal(factor));
  }

  private static Row cost(String what, double factor) {
    return new Row(what, false, new Bar.TimesOriginal(factor));
  }

  private static String streamsText(int streams, boolean toContainer) {
    return streams + (streams == 1 ? " stream " : " streams ") + (toContainer ? "in" : "out");
  }
}
