package dev.hairpin.agent.cli;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.Problem;
import dev.hairpin.agent.control.ControlService;
import dev.hairpin.agent.control.PortLine;
import dev.hairpin.agent.control.PortRun;
import dev.hairpin.agent.control.Request;
import dev.hairpin.agent.control.Response;
import dev.hairpin.agent.reconcile.Host;
import dev.hairpin.agent.reconcile.LatestDocker;
import dev.hairpin.agent.reconcile.Outcome;
import dev.hairpin.agent.reconcile.ReconcileLoop;
import dev.hairpin.agent.reconcile.Settings;
import dev.hairpin.proxy.Traffic;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.PortBinding;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Answers the commands that people give to the agent. */
final class RunningAgent implements ControlService {
  private final Host host;
  private final Settings settings;
  private final ReconcileLoop loop;
  private final Publishing publishing;
  private final Optional<LatestDocker> docker;
  private final Function<HostPort, Traffic> proxied;
  private final CompletableFuture<Ending> ending = new CompletableFuture<>();

  RunningAgent(
      Host host,
      Settings settings,
      ReconcileLoop loop,
      Publishing publishing,
      Optional<LatestDocker> docker,
      Function<HostPort, Traffic> proxied) {
    this.host = requireNonNull(host, "host");
    this.settings = requireNonNull(settings, "settings");
    this.loop = requireNonNull(loop, "loop");
    this.publishing = requireNonNull(publishing, "publishing");
    this.docker = requireNonNull(docker, "docker");
    this.proxied = requireNonNull(proxied, "proxied");
  }

  /**
   * Why the agent ends.
   *
   * @param teardown whether what it wrote goes too
   * @param done completed with what was done, once it has ended
   */
  record Ending(boolean teardown, CompletableFuture<Response> done) {}

  /** Completes when somebody has asked the agent to end. */
  CompletableFuture<Ending> ending() {
    return ending;
  }

  @Override
  public Response answer(Request request) {
    return switch (request) {
      case Request.Publish(String whose, String spec, String proxyProtocol) ->
          publishing.publish(whose, spec, proxyProtocol);
      case Request.Unpublish(String whose, String spec) -> publishing.unpublish(whose, spec);
      case Request.ListPorts() -> ports();
      case Request.ListRules() -> rules();
      case Request.GetStatus() -> status();
      case Request.Stop(boolean teardown) -> stop(teardown);
    };
  }

  private Response ports() {
    return new Response.Ports(PortRun.of(portLines()), problems());
  }

  /** What is published now, and what can't be. */
  List<PortLine> portLines() {
    List<PortLine> lines = new ArrayList<>();
    Optional<Outcome> outcome = loop.lastOutcome();
    outcome.ifPresent(last -> {
      last.state().bindings().forEach(binding -> lines.add(lineNow(binding, PortLine.PUBLISHED)));
      last.failures().forEach((binding, why) -> lines.add(lineNow(binding, why)));
    });
    return lines;
  }

  private PortLine lineNow(PortBinding binding, String state) {
    return line(binding, state, proxied.apply(binding.hostPort()));
  }

  static PortLine line(PortBinding binding, String state, Traffic proxied) {
    return new PortLine(
        binding.hostPort().toString(),
        binding.containerAddress().withPort(binding.containerPort()),
        binding.publisher().toString(),
        binding.spec(),
        state,
        note(binding),
        proxied);
  }

  private static String note(PortBinding binding) {
    return switch (binding.header()) {
      case NONE -> "";
      case V1, V2 ->
          "by the proxy alone, with PROXY protocol " + binding.header().version().orElseThrow();
      case UNDECIDED -> "waiting for Docker to say how its container is labelled";
    };
  }

  private List<String> problems() {
    List<String> problems = new ArrayList<>();
    loop.trouble().ifPresent(problems::add);
    docker.flatMap(LatestDocker::trouble).ifPresent(problems::add);
    publishing.problems().stream().map(Problem::toString).forEach(problems::add);
    loop.lastOutcome().map(Outcome::problems).orElse(List.of()).stream()
        .map(Problem::toString)
        .forEach(problems::add);
    return problems;
  }

  private Response rules() {
    try {
      return new Response.Rules(host.rules(ThisHost::layout), host.leftToProxy());
    } catch (FirewallException e) {
      return new Response.Refused(e.getMessage(), false);
    }
  }

  private Response status() {
    List<String> problems = problems();
    loop.lastOutcome().map(Outcome::failures).map(Map::values).ifPresent(problems::addAll);
    return new Response.Status(
        ProcessHandle.current().pid(),
        Hairpin.version(),
        loop.passes(),
        ThisHost.rulesAre(settings.standing(), settings.layout()),
        notes(),
        problems);
  }

  private List<String> notes() {
    List<String> notes = new ArrayList<>(host.leftToProxy());
    if (settings.ownTables()) {
      notes.add(
          host.ownsTables()
              ? "the agent owns its tables, no other program can change them"
              : "other programs can change the agent's tables, since nft or the kernel here can't"
                  + " have them owned");
    }
    return notes;
  }

  private Response stop(boolean teardown) {
    return end(teardown)
        .map(CompletableFuture::join)
        .orElse(new Response.Refused("end the agent: it is ending already", false));
  }

  /** Has the agent end; empty if it is ending already. */
  Optional<CompletableFuture<Response>> end(boolean teardown) {
    CompletableFuture<Response> done = new CompletableFuture<>();
    return ending.complete(new Ending(teardown, done)) ? Optional.of(done) : Optional.empty();
  }

  /** Takes away what the agent wrote. */
  static Response tearDown(Host host) {
    try {
      List<String> lines = new ArrayList<>(host.tearDown());
      lines.add("the agent ended");
      return new Response.Done(lines);
    } catch (FirewallException | IOException e) {
      return new Response.Refused(e.getMessage(), false);
    }
  }
}
