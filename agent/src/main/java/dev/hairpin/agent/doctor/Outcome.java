package dev.hairpin.agent.doctor;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.trace.Trace;
import java.util.List;
import java.util.Optional;

/** What becomes of a way, as far as it was followed. */
sealed interface Outcome {
  /** What was followed, in order. */
  List<Trace> traces();

  /**
   * It gets its answer.
   *
   * @param seen whom the container takes for the client
   */
  record Served(List<Trace> traces, boolean byProxy, IpAddress seen) implements Outcome {
    public Served {
      traces = List.copyOf(traces);
    }
  }

  /** The last packet that was followed got no further: dropped, rejected, no way, not known. */
  record Stopped(List<Trace> traces) implements Outcome {
    public Stopped {
      traces = List.copyOf(traces);
    }
  }

  /** It leaves for somebody else than the container. */
  record Astray(List<Trace> traces) implements Outcome {
    public Astray {
      traces = List.copyOf(traces);
    }
  }

  /** The answer does not come from the address that was asked, or from nobody. */
  record Unanswered(List<Trace> traces) implements Outcome {
    public Unanswered {
      traces = List.copyOf(traces);
    }
  }

  /**
   * It is delivered on this host, and no proxy of the port's is there.
   *
   * @param holder who listens instead
   * @param known whether it could be seen who listens
   */
  record Unheard(List<Trace> traces, Optional<Listener> holder, boolean known) implements Outcome {
    public Unheard {
      traces = List.copyOf(traces);
    }
  }

  /** The container has got it, and can't answer. */
  record Failed(List<Trace> traces, BackendFault fault) implements Outcome {
    public Failed {
      traces = List.copyOf(traces);
    }
  }

  /** There is nothing to follow it by. */
  record Untold() implements Outcome {
    @Override
    public List<Trace> traces() {
      return List.of();
    }
  }

  /** The one that something happened to. */
  default Trace last() {
    return traces().getLast();
  }
}
