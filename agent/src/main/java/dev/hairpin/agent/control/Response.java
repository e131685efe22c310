package dev.hairpin.agent.control;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;

/** What the agent answers. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "response")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Response.Done.class, name = "done"),
  @JsonSubTypes.Type(value = Response.Refused.class, name = "refused"),
  @JsonSubTypes.Type(value = Response.Ports.class, name = "ports"),
  @JsonSubTypes.Type(value = Response.Rules.class, name = "rules"),
  @JsonSubTypes.Type(value = Response.Status.class, name = "status")
})
public sealed interface Response {
  /** It was done; {@code lines} say what, for a person. */
  record Done(List<String> lines) implements Response {
    public Done {
      lines = List.copyOf(lines);
    }
  }

  /**
   * It was not done.
   *
   * @param badInput whether the request can't be right (exit code 2), or failed now (exit code 1)
   */
  record Refused(String text, boolean badInput) implements Response {
    public Refused {
      requireNonNull(text, "text");
    }
  }

  /**
   * All ports, in the order of their rules.
   *
   * @param problems what is asked for and can't be served now, one line each
   */
  record Ports(List<PortRun> ports, List<String> problems) implements Response {
    public Ports {
      ports = List.copyOf(ports);
      problems = List.copyOf(problems);
    }
  }

  /**
   * Our rules as the kernel holds them, in the order in which it lists them.
   *
   * @param notes why published ports have none of their own, one line each
   */
  record Rules(List<RuleLine> rules, List<String> notes) implements Response {
    public Rules {
      rules = List.copyOf(rules);
      notes = List.copyOf(notes);
    }
  }

  /**
   * How the agent is.
   *
   * @param pid of the agent's process
   * @param passes how many passes were completed since it started
   * @param rules whose rules are in force: {@code rules of layout docker28}
   * @param notes what may surprise and is right, one line each
   * @param problems what is wrong now, one line each
   */
  record Status(
      long pid,
      String version,
      long passes,
      String rules,
      List<String> notes,
      List<String> problems)
      implements Response {
    public Status {
      requireNonNull(version, "version");
      requireNonNull(rules, "rules");
      notes = List.copyOf(notes);
      problems = List.copyOf(problems);
    }
  }
}
