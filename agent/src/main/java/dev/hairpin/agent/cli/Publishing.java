package dev.hairpin.agent.cli;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.Problem;
import dev.hairpin.agent.control.PortLine;
import dev.hairpin.agent.control.PortRun;
import dev.hairpin.agent.control.Response;
import dev.hairpin.agent.docker.KnownContainers;
import dev.hairpin.agent.publication.HostPortChoice;
import dev.hairpin.agent.publication.Publication;
import dev.hairpin.agent.publication.PublicationStore;
import dev.hairpin.agent.publication.PublisherName;
import dev.hairpin.agent.reconcile.LatestDocker;
import dev.hairpin.agent.reconcile.Outcome;
import dev.hairpin.agent.reconcile.ReconcileLoop;
import dev.hairpin.proxy.Traffic;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.PortRequest;
import dev.hairpin.rules.binding.ProxyHeader;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.binding.UserText;
import java.io.IOException;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;

/**
 * Publishes and unpublishes ports of containers and namespaces. A port that can't be had is not
 * kept: whoever asks is told, and nothing has changed. A container that doesn't run and a namespace
 * without an address are waited for.
 */
final class Publishing {
  /**
   * How long the passes for one request may take, less than the client waits: a few tools that may
   * each wait for the firewall's lock, or a tool that hangs, and is told of.
   */
  private static final Duration PATIENCE = Duration.ofSeconds(45);

  /** As often as dockerd tries (moby, port_mapping_linux.go, maxAllocatePortAttempts). */
  private static final int ATTEMPTS = 10;

  private final PublicationStore store;
  private final HostPortChoice choice;
  private final Optional<LatestDocker> docker;
  private final ReconcileLoop loop;
  private final LongSupplier nanoClock;
  private long until;

  /**
   * @param choice of ports that nobody has been promised; the store remembers them
   * @param docker empty where no Docker is asked
   */
  Publishing(
      PublicationStore store,
      HostPortChoice choice,
      Optional<LatestDocker> docker,
      ReconcileLoop loop,
      LongSupplier nanoClock) {
    this.store = requireNonNull(store, "store");
    this.choice = requireNonNull(choice, "choice");
    this.docker = requireNonNull(docker, "docker");
    this.loop = requireNonNull(loop, "loop");
    this.nanoClock = requireNonNull(nanoClock, "nanoClock");
  }

  /** What was lost of the publications when they were read. */
  List<Problem> problems() {
    return store.problems();
  }

  /**
   * Publishes a port.
   *
   * @param whose what a person calls the container or namespace
   * @param proxyProtocol {@code v1}, {@code v2}, or nothing for none
   */
  synchronized Response publish(String whose, String spec, String proxyProtocol) {
    until = nanoClock.getAsLong() + PATIENCE.toNanos();
    Publication publication;
    try {
      ProxyHeader header =
          proxyProtocol.isEmpty() ? ProxyHeader.NONE : ProxyHeader.parse(proxyProtocol);
      PortRequest request = PortRequest.parse(spec);
      publication =
          new Publication(publisher(PublisherName.parse(whose), request), request, header);
      Optional<IpAddress> foreign = request.hostAddress().filter(a -> !isLocal(a));
      if (foreign.isPresent()) {
        return impossible(
            "publish "
                + request
                + ": "
                + foreign.get()
                + " is not an address of this host; \"ip address\" shows those that are");
      }
    } catch (IllegalArgumentException e) {
      return impossible(e.getMessage());
    } catch (IOException e) {
      return failed(e.getMessage());
    }
    return publication.request().leavesChoice()
        ? publishOnFreePort(publication)
        : publishAsDecided(publication);
  }

  /** Docker is asked now: the container may be a moment old. */
  private Publisher.Named publisher(PublisherName name, PortRequest request) throws IOException {
    if (name.mayBe(PublisherName.Kind.CONTAINER)) {
      docker.ifPresent(LatestDocker::ask);
    }
    try {
      return PublisherLookup.onThisHost(containers()).find(name);
    } catch (IllegalArgumentException e) {
      String why = "publish " + request + ": " + e.getMessage();
      Optional<String> silent = docker.flatMap(LatestDocker::trouble);
      if (silent.isPresent() && name.mayBe(PublisherName.Kind.CONTAINER)) {
        throw new IOException(why + " (" + silent.get() + ")", e);
      }
      throw new IllegalArgumentException(why, e);
    }
  }

  private Optional<KnownContainers> containers() {
    return docker.flatMap(LatestDocker::latest).map(said -> new KnownContainers(said.containers()));
  }

  /** Another program may take a port between our choice and our opening it. */
  private Response publishOnFreePort(Publication publication) {
    Response response = failed("publish " + publication + ": all ports are allocated");
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<PortRange> chosen =
          choice.hostPortsFor(publication.publisher(), publication.request());
      if (chosen.isEmpty()) {
        return response;
      }
      response = publishAsDecided(publication.onHostPorts(chosen.get()));
      if (!(response instanceof Response.Refused) || left() <= 0) {
        return response;
      }
    }
    return response;
  }

  private Response publishAsDecided(Publication publication) {
    Optional<PortBinding> owner = ownerOf(publication.request());
    if (owner.isPresent()) {
      return failed(
          "publish "
              + publication.request()
              + " for "
              + publication.publisher().quoted()
              + ": port is already allocated: "
              + owner.get().publisher()
              + " has "
              + owner.get().hostPort()
              + "; choose another host port");
    }
    try {
      store.add(publication);
    } catch (IllegalArgumentException | IOException e) {
      return failed(e.getMessage());
    }
    Outcome outcome;
    try {
      outcome = pass();
    } catch (IOException e) {
      return takeBack(publication, e.getMessage());
    }
    Optional<String> failure =
        outcome.failures().entrySet().stream()
            .filter(entry -> isOf(publication, entry.getKey()))
            .map(Map.Entry::getValue)
            .findFirst();
    if (failure.isPresent()) {
      return takeBack(publication, failure.get());
    }
    List<PortLine> ports =
        outcome.state().bindings().stream()
            .filter(binding -> isOf(publication, binding))
            .map(binding -> RunningAgent.line(binding, PortLine.PUBLISHED, Traffic.NONE))
            .toList();
    List<String> waitsFor = problemsOf(publication.publisher(), outcome);
    if (ports.isEmpty() && waitsFor.isEmpty()) {
      return takeBack(publication, whyNot(publication, outcome));
    }
    return new Response.Ports(PortRun.of(ports), waitsFor);
  }

  /** What isn't published by command: dockerd's ports, and those of labels. */
  private Optional<PortBinding> ownerOf(PortRequest request) {
    List<PortBinding> known =
        loop.lastOutcome().map(last -> last.state().bindings()).orElse(List.of());
    return known.stream()
        .filter(binding -> request.isInTheWayOf(binding.hostPort()))
        .filter(binding -> store.list().stream().noneMatch(p -> isOf(p, binding)))
        .findFirst();
  }

  /** Of the publisher itself: it has no address yet, and is served when it has one. */
  private static List<String> problemsOf(Publisher.Named publisher, Outcome outcome) {
    return outcome.problems().stream()
        .filter(problem -> problem.subject().equals(publisher.quoted()))
        .map(Problem::toString)
        .toList();
  }

  private static String whyNot(Publication publication, Outcome outcome) {
    return outcome.problems().stream()
        .filter(problem -> problem.subject().startsWith("publish "))
        .filter(problem -> problem.subject().endsWith(publication.publisher().toString()))
        .map(Problem::toString)
        .findFirst()
        .orElse("publish " + publication + ": it could not be served");
  }

  private Response takeBack(Publication publication, String why) {
    try {
      store.remove(publication.publisher()::equals, publication.request());
      pass();
    } catch (IOException e) {
      return failed(why + "; and taking it back: " + e.getMessage());
    }
    return failed(why);
  }

  /**
   * Takes a port back that was published.
   *
   * @param whose what a person calls the container or namespace, or called it then
   */
  synchronized Response unpublish(String whose, String spec) {
    until = nanoClock.getAsLong() + PATIENCE.toNanos();
    PublisherName name = PublisherName.parse(whose);
    try {
      PortRequest request = PortRequest.parse(spec);
      Optional<Publication> removed = store.remove(published -> isCalled(published, name), request);
      if (removed.isEmpty()) {
        String why =
            docker
                .flatMap(LatestDocker::latest)
                .flatMap(said -> DockersPorts.whoseIs(said, name, request))
                .orElse("has no such publication; \"hairpin ps\" shows those that are there");
        return impossible("unpublish " + UserText.quoted(spec) + ": " + name + " " + why);
      }
      pass();
      return new Response.Done(List.of("unpublished " + removed.get()));
    } catch (IllegalArgumentException e) {
      return impossible(e.getMessage());
    } catch (IOException e) {
      return failed(e.getMessage());
    }
  }

  /** A container may have been renamed since. */
  private boolean isCalled(Publisher.Named published, PublisherName name) {
    return name.isOf(published)
        || switch (published) {
          case Publisher.Container container ->
              containers()
                  .flatMap(known -> known.meantBy(container))
                  .filter(now -> name.isOf(now.publisher()))
                  .isPresent();
          case Publisher.Namespace namespace -> false;
        };
  }

  private Outcome pass() throws IOException {
    try {
      return loop.pass().get(left(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw new IOException(e.getCause().getMessage(), e.getCause());
    } catch (TimeoutException e) {
      throw new IOException("no pass was completed within " + PATIENCE.toSeconds() + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Of the patience with this request, in nanoseconds. */
  private long left() {
    return until - nanoClock.getAsLong();
  }

  private static boolean isOf(Publication publication, PortBinding binding) {
    PortRequest request = publication.request();
    return binding.publisher().equals(publication.publisher())
        && binding.protocol() == request.protocol()
        && request.hostPorts().filter(p -> p.contains(binding.hostPort().port())).isPresent()
        && request
            .hostAddress()
            .map(address -> address.equals(binding.hostPort().address()))
            .orElse(true);
  }

  private static boolean isLocal(IpAddress address) {
    try {
      return address.isWildcard()
          || address.isLoopback()
          || NetworkInterface.getByInetAddress(address.inet()) != null;
    } catch (SocketException e) {
      throw new IllegalArgumentException("look for address " + address + ": " + e.getMessage(), e);
    }
  }

  private static Response impossible(String why) {
    return new Response.Refused(why, true);
  }

  private static Response failed(String why) {
    return new Response.Refused(why, false);
  }
}
