package dev.hairpin.agent.metrics;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.control.PortLine;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.Unit;
import java.util.List;
import java.util.function.Supplier;

/** The published ports as metrics, read anew for every scrape. */
final class PortMetrics implements MultiCollector {
  private final Supplier<List<PortLine>> ports;

  PortMetrics(Supplier<List<PortLine>> ports) {
    this.ports = requireNonNull(ports, "ports");
  }

  @Override
  public MetricSnapshots collect() {
    var accepted =
        CounterSnapshot.builder()
            .name("hairpin_proxy_connections")
            .help("Connections and UDP flows that came to the userland proxy.");
    var open =
        GaugeSnapshot.builder()
            .name("hairpin_proxy_open_connections")
            .help("Those that are open now.");
    var refused =
        CounterSnapshot.builder()
            .name("hairpin_proxy_refused_connections")
            .help("Those that found no backend.");
    var bytes =
        CounterSnapshot.builder()
            .name("hairpin_proxy_relayed_bytes")
            .unit(Unit.BYTES)
            .help("Payload that the userland proxy has carried, from clients (in) and back (out).");
    for (PortLine port : ports.get()) {
      Labels labels = Labels.of("host_port", port.hostPort(), "publisher", port.publisher());
      accepted.dataPoint(counted(labels, port.proxied().accepted()));
      open.dataPoint(
          GaugeSnapshot.GaugeDataPointSnapshot.builder()
              .labels(labels)
              .value((double) port.proxied().open())
              .build());
      refused.dataPoint(counted(labels, port.proxied().refused()));
      bytes.dataPoint(counted(labels.add("direction", "in"), port.proxied().bytesUp()));
      bytes.dataPoint(counted(labels.add("direction", "out"), port.proxied().bytesDown()));
    }
    return MetricSnapshots.of(accepted.build(), open.build(), refused.build(), bytes.build());
  }

  private static CounterSnapshot.CounterDataPointSnapshot counted(Labels labels, long value) {
    return CounterSnapshot.CounterDataPointSnapshot.builder()
        .labels(labels)
        .value((double) value)
        .build();
  }
}
