package dev.hairpin.it;

import dev.hairpin.agent.tracing.TraceFilter;
import dev.hairpin.agent.tracing.TraceListener;
import dev.hairpin.agent.tracing.TraceLogger;
import dev.hairpin.agent.tracing.TraceTable;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.apply.CommandRunner;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.apply.Sysctls;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;

/** A program that has packets traced until it is killed. */
final class TraceHolder {
  private TraceHolder() {}

  /** Takes no arguments. */
  public static void main(String[] arguments)
      throws FirewallException, InterruptedException, IOException {
    TraceFilter filter = TraceFilter.of(20, TraceFilter.Flow.to(Protocol.TCP, 8080));
    hearLegacy();
    try (TraceTable table = TraceTable.open(filter, CommandRunner.local())) {
      System.out.println(table.name() + " is there");
      new CountDownLatch(1).await();
    }
  }

  /** For as long as this process lives. */
  private static void hearLegacy() throws FirewallException, IOException {
    TraceListener.open().hearLegacy();
    TraceLogger.open(Family.IPV4, Sysctls.ofThisHost());
  }
}
