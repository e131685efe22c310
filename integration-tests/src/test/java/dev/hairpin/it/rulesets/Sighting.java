package dev.hairpin.it.rulesets;

import dev.hairpin.agent.tracing.PacketHeader;
import dev.hairpin.agent.tracing.PacketHeader.Content;
import dev.hairpin.agent.tracing.RuleHandles;
import dev.hairpin.agent.tracing.TraceEvent;
import dev.hairpin.agent.tracing.TraceEvent.Step;
import dev.hairpin.agent.tracing.TraceEvent.Verdict;
import dev.hairpin.rules.netfilter.Policy;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.IntFunction;

/** What the kernel tells of one packet, put together. It is known by its source port. */
final class Sighting {
  /** Its index is the same in every network namespace. */
  private static final int LOOPBACK = 1;

  private final int sourcePort;
  private final RuleHandles handles;
  private final IntFunction<String> interfaceName;
  private final Set<Long> numbers = new HashSet<>();
  private final List<Fate.Met> met = new ArrayList<>();
  private Optional<Fate.End> end = Optional.empty();
  private boolean isLastHeard;

  Sighting(int sourcePort, RuleHandles handles, IntFunction<String> interfaceName) {
    this.sourcePort = sourcePort;
    this.handles = handles;
    this.interfaceName = interfaceName;
  }

  /** Whether nothing more is to be heard of it: it has ended, or is as it was to be at last. */
  boolean isOver(Fate foretold) {
    return end.isPresent() || (isLastHeard && fate().equals(foretold));
  }

  Fate fate() {
    return new Fate(met, end.orElseGet(Fate.End.Gone::new));
  }

  /** The kernel's number for a packet is another one where it is received again. */
  void add(TraceEvent event) {
    event
        .header()
        .map(Sighting::sourcePort)
        .ifPresent(port -> {
          isLastHeard |= port == Question.LAST_PORT;
          if (port == sourcePort) {
            numbers.add(event.packet());
          } else {
            numbers.remove(event.packet());
          }
        });
    if (!numbers.contains(event.packet()) || end.isPresent()) {
      return;
    }
    if (Script.isWatching(event)) {
      watched(event);
    } else {
      note(event);
    }
  }

  private static int sourcePort(PacketHeader header) {
    return header.content() instanceof Content.Segment segment ? segment.sourcePort() : 0;
  }

  private void watched(TraceEvent event) {
    if (event.header().isEmpty()) {
      return;
    }
    Fate.Segment segment = segment(event.header().get());
    switch (event.chain()) {
      case Script.DELIVERED -> end = Optional.of(new Fate.End.Delivered(segment));
      case Script.LEFT -> {
        int by = event.output().orElse(0);
        if (by != LOOPBACK) {
          end = Optional.of(new Fate.End.Left(interfaceName.apply(by), segment));
        }
      }
      default -> {}
    }
  }

  private static Fate.Segment segment(PacketHeader header) {
    Content.Segment content = (Content.Segment) header.content();
    return new Fate.Segment(
        header.source(), content.sourcePort(), header.destination(), content.destinationPort());
  }

  private void note(TraceEvent event) {
    String chain = event.table() + " " + event.chain();
    switch (event.step()) {
      case Step.Rule(long handle, Verdict verdict) -> {
        int number = handles.position(event).orElseThrow();
        met.add(new Fate.Met(chain, number));
        if (verdict instanceof Verdict.Drop) {
          end = Optional.of(new Fate.End.Stopped(chain, OptionalInt.of(number)));
        }
      }
      case Step.EndOfChain() -> {}
      case Step.AsPolicy(Policy policy) -> {
        if (policy == Policy.DROP) {
          end = Optional.of(new Fate.End.Stopped(chain, OptionalInt.empty()));
        }
      }
    }
  }
}
