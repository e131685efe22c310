package dev.hairpin.agent.control;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/** What a command asks of the agent. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "request")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Request.Publish.class, name = "publish"),
  @JsonSubTypes.Type(value = Request.Unpublish.class, name = "unpublish"),
  @JsonSubTypes.Type(value = Request.ListPorts.class, name = "ps"),
  @JsonSubTypes.Type(value = Request.ListRules.class, name = "rules"),
  @JsonSubTypes.Type(value = Request.GetStatus.class, name = "status"),
  @JsonSubTypes.Type(value = Request.Stop.class, name = "stop")
})
public sealed interface Request {
  /**
   * Publish a port of a container or a namespace.
   *
   * @param whose its name, or the beginning of a container's id, perhaps with the kind in front
   * @param spec as {@code -p} takes it; the agent checks it
   * @param proxyProtocol {@code v1}, {@code v2}, or nothing; the agent checks that too
   */
  record Publish(String whose, String spec, String proxyProtocol) implements Request {
    public Publish {
      requireNonNull(whose, "whose");
      requireNonNull(spec, "spec");
      requireNonNull(proxyProtocol, "proxyProtocol");
    }
  }

  /** Take back what {@link Publish} with the same words asked for. */
  record Unpublish(String whose, String spec) implements Request {
    public Unpublish {
      requireNonNull(whose, "whose");
      requireNonNull(spec, "spec");
    }
  }

  /** Which ports are published, and which should be but aren't. */
  record ListPorts() implements Request {}

  /** Which of the kernel's rules are ours. */
  record ListRules() implements Request {}

  /** Whether the agent is well. */
  record GetStatus() implements Request {}

  /**
   * End the agent.
   *
   * @param teardown whether its rules and settings go too, or stay so that traffic goes on
   */
  record Stop(boolean teardown) implements Request {}
}
