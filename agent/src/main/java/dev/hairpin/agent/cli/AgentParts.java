package dev.hairpin.agent.cli;

import static java.util.stream.Collectors.toSet;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.control.ControlServer;
import dev.hairpin.agent.docker.DockerEvents;
import dev.hairpin.agent.docker.DockerHost;
import dev.hairpin.agent.docker.DockerSnapshot;
import dev.hairpin.agent.docker.EngineDockerView;
import dev.hairpin.agent.keeper.Keeper;
import dev.hairpin.agent.metrics.MetricsServer;
import dev.hairpin.agent.netns.HostAddresses;
import dev.hairpin.agent.netns.KernelNetnsView;
import dev.hairpin.agent.netns.NetnsEvents;
import dev.hairpin.agent.netns.NetnsSnapshot;
import dev.hairpin.agent.netns.NetnsView;
import dev.hairpin.agent.posix.RulesetNotices;
import dev.hairpin.agent.proxies.BackendNamespaces;
import dev.hairpin.agent.proxies.FreePorts;
import dev.hairpin.agent.proxies.PortHolder;
import dev.hairpin.agent.proxies.PortOpener;
import dev.hairpin.agent.proxies.ProxyPool;
import dev.hairpin.agent.publication.HostPortChoice;
import dev.hairpin.agent.publication.KeptChoice;
import dev.hairpin.agent.publication.Publication;
import dev.hairpin.agent.publication.PublicationStore;
import dev.hairpin.agent.reconcile.HairpinPorts;
import dev.hairpin.agent.reconcile.Host;
import dev.hairpin.agent.reconcile.LatestDocker;
import dev.hairpin.agent.reconcile.ReconcileLoop;
import dev.hairpin.agent.reconcile.Reconciler;
import dev.hairpin.agent.reconcile.Rivals;
import dev.hairpin.agent.reconcile.RuleEvents;
import dev.hairpin.agent.reconcile.RuleWriters;
import dev.hairpin.agent.reconcile.Settings;
import dev.hairpin.agent.reconcile.Sources;
import dev.hairpin.agent.standin.Claim;
import dev.hairpin.agent.standin.PassedSockets;
import dev.hairpin.agent.standin.StandIns;
import dev.hairpin.proxy.ProxySettings;
import dev.hairpin.proxy.Traffic;
import dev.hairpin.proxy.UserlandProxy;
import dev.hairpin.rules.apply.CommandRunner;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.layouts.LayoutName;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The parts of a running agent, which are taken apart in the opposite order. */
final class AgentParts implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AgentParts.class);

  /** How often stand-ins are looked for that were killed without a chance to say so. */
  private static final Duration STAND_IN_SWEEP = Duration.ofSeconds(5);

  /** How long a control client may take to say what it wants. */
  private static final Duration CLIENT_PATIENCE = Duration.ofSeconds(5);

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final AgentOptions options;
  private final ReconcileLoop loop;
  private final RunningAgent agent;

  /**
   * Puts them together. Nothing is changed on the host before the first pass of the loop.
   *
   * @param writers that know the host's own tools
   * @throws ConfigurationException if Docker can't be asked and shall not be waited for
   */
  AgentParts(AgentOptions options, Settings settings, Host host, RuleWriters writers)
      throws ConfigurationException, IOException {
    this.options = options;
    try {
      PublicationStore publications =
          PublicationStore.open(options.stateDirectory(), Clock.systemUTC());
      Keeper keeper = opened(Keeper.open(options.runDirectory()));
      UserlandProxy proxy = opened(UserlandProxy.start(ProxySettings.defaults()));
      BackendNamespaces insides = opened(new BackendNamespaces(options.dialFrom()));
      ProxyPool ours =
          new ProxyPool(
              PortOpener.of(proxy, settings.proxyMode()), PortHolder::new, insides, keeper);
      ProxyPool forDockerd =
          new ProxyPool(PortOpener.of(proxy, ProxyMode.USERLAND), PortHolder::new, insides, keeper);
      FreePorts free = FreePorts.ofThisHost(host::published, ours::isOpen, publications::isKept);
      HostPortChoice choice = new KeptChoice(free, publications);
      loop = new ReconcileLoop(System::nanoTime);
      Optional<LatestDocker> docker =
          options.dockerHost().isPresent()
              ? Optional.of(docker(options.dockerHost().get(), settings.layout(), choice))
              : Optional.empty();
      StandIns standIns =
          opened(
              StandIns.start(
                  new RunDirectory(options.runDirectory()).standIns(),
                  forDockerd,
                  PassedSockets.servedBy(proxy),
                  () -> {
                    // Who starts docker-proxy can be asked by now.
                    docker.ifPresent(LatestDocker::refreshIfSilent);
                    loop.wake();
                  },
                  STAND_IN_SWEEP));
      NetnsView namespaces = new KernelNetnsView();
      Sources sources = sources(docker, standIns, namespaces, publications);
      agent =
          new RunningAgent(
              host,
              settings,
              loop,
              new Publishing(publications, free::others, docker, loop, System::nanoTime),
              docker,
              hostPort ->
                  ours.traffic(hostPort)
                      .or(() -> forDockerd.traffic(hostPort))
                      .orElse(Traffic.NONE));
      opened(NetnsEvents.follow(() -> namespacesOf(publications), loop::wake));
      opened(loop);
      loop.start(
          new Reconciler(
                  host,
                  settings,
                  sources,
                  ours,
                  forDockerd,
                  insides,
                  ThisHost.layout(settings.standing(), settings.layout()),
                  new HairpinPorts(CommandRunner.local())::switchOn,
                  new Rivals(writers, HostAddresses::look))
              ::reconcile);
      followRules(writers);
      host.followFirewalld(loop::wake);
    } catch (ConfigurationException | IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Without it rules come back with the next pass that is made for another reason. */
  private void followRules(RuleWriters writers) {
    try {
      RuleEvents.Notices notices = noticesOf(RulesetNotices.open(), writers);
      opened(RuleEvents.follow(notices, loop::pass, System::nanoTime));
    } catch (IOException e) {
      log.warn("{}; what others change is seen every 30 s only", e.getMessage());
    }
  }

  private static RuleEvents.Notices noticesOf(RulesetNotices kernel, RuleWriters writers) {
    return new RuleEvents.Notices() {
      @Override
      public boolean await() throws IOException {
        RulesetNotices.News news = kernel.await();
        news.writers().forEach(writers::heard);
        return news.changed() && (!news.areAll() || writers.areOthersAmong(news.writers()));
      }

      @Override
      public void close() {
        kernel.close();
      }
    };
  }

  /** Lets people in. Before the first pass there is nothing to tell them. */
  void listen() throws IOException {
    if (options.metrics().isPresent()) {
      opened(MetricsServer.start(options.metrics().get(), agent::portLines));
    }
    opened(
        ControlServer.start(
            options.runDirectory(), AgentDirectories.CONTROL_SOCKET, agent, CLIENT_PATIENCE));
  }

  ReconcileLoop loop() {
    return loop;
  }

  RunningAgent agent() {
    return agent;
  }

  private LatestDocker docker(String url, LayoutName layout, HostPortChoice choice)
      throws ConfigurationException {
    DockerHost dockerHost;
    try {
      dockerHost = DockerHost.parse(url);
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(e.getMessage(), e);
    }
    LatestDocker docker =
        opened(
            LatestDocker.start(
                opened(new EngineDockerView(dockerHost, choice, layout)), loop::wake));
    if (docker.trouble().isPresent()) {
      if (!options.waitForDocker()) {
        throw new ConfigurationException(
            docker.trouble().get()
                + "; without Docker run with --no-docker, before Docker with --wait-for-docker");
      }
      log.warn("{}; waiting for it", docker.trouble().get());
    }
    opened(DockerEvents.follow(dockerHost, docker::refresh));
    return docker;
  }

  private static Sources sources(
      Optional<LatestDocker> docker,
      StandIns standIns,
      NetnsView namespaces,
      PublicationStore publications) {
    return new Sources() {
      @Override
      public Optional<DockerSnapshot> docker() {
        return docker.isPresent() ? docker.get().latest() : Optional.of(DockerSnapshot.EMPTY);
      }

      @Override
      public List<Publication> publications() {
        return publications.list();
      }

      @Override
      public NetnsSnapshot namespaces() {
        return namespaces.look(publications.list());
      }

      @Override
      public List<Claim> claims() {
        return standIns.claims();
      }
    };
  }

  private static Set<String> namespacesOf(PublicationStore publications) {
    return publications.list().stream()
        .map(Publication::publisher)
        .filter(Publisher.Namespace.class::isInstance)
        .map(Publisher.Named::name)
        .collect(toSet());
  }

  private <T extends AutoCloseable> T opened(T part) {
    parts.push(part);
    return part;
  }

  @Override
  public void close() {
    while (!parts.isEmpty()) {
      AutoCloseable part = parts.pop();
      try {
        part.close();
      } catch (Exception e) {
        log.warn("close {}: {}", part.getClass().getSimpleName(), e.toString());
      }
    }
  }
}
