package dev.hairpin.it.bench;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.util.Optional;

/**
 * One way from the host to a port of the container, while it is open.
 *
 * @param address where clients connect to
 * @param process what relays; empty when nothing does
 */
record Relay(Contender contender, String address, int port, Optional<Process> process)
    implements AutoCloseable {

  /** Seconds that it has computed so far. */
  double cpuSeconds() {
    return process.map(each -> ProcessCost.cpuSeconds(each.pid())).orElse(0.0);
  }

  double pssMiB() {
    return process.map(each -> ProcessCost.pssMiB(each.pid())).orElse(0.0);
  }

  @Override
  public void close() {
    process.ifPresent(each -> {
      each.destroy();
      each.onExit().orTimeout(20, SECONDS).join();
    });
  }
}
