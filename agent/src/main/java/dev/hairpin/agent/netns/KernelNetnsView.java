package dev.hairpin.agent.netns;

import dev.hairpin.agent.Problem;
import dev.hairpin.agent.publication.Publication;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.Endpoint;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.Publisher;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Stream;

/** Looks into the namespaces themselves: what they hold now is what is published. */
public final class KernelNetnsView implements NetnsView {
  private final Function<String, NetworkNamespace> named;

  /** What was found last in namespaces that there are. */
  private final Map<Publisher.Namespace, Found> latest = new ConcurrentHashMap<>();

  /** What publications came to at the last look; thousands of ports hardly ever change. */
  private final Map<Publication, Expansion> expansions = new ConcurrentHashMap<>();

  /** The bindings of a publication whose namespace is reached there. */
  private record Expansion(Endpoint endpoint, List<PortBinding> bindings) {}

  /** What is in a namespace with that inode. */
  private record Found(long inode, NamespaceLookup lookup) {}

  /** Looks where {@code ip netns} keeps its names. */
  public KernelNetnsView() {
    this(NetworkNamespace::of);
  }

  KernelNetnsView(Function<String, NetworkNamespace> named) {
    this.named = named;
  }

  @Override
  public NetnsSnapshot look(Collection<Publication> publications) {
    Look look = new Look();
    for (Publication publication : publications) {
      switch (publication.publisher()) {
        case Publisher.Namespace namespace -> look.add(namespace, publication);
        case Publisher.Container container -> {}
      }
    }
    expansions.keySet().retainAll(Set.copyOf(publications));
    return new NetnsSnapshot(
        List.copyOf(look.networks.values()), look.bindings, List.copyOf(look.problems.values()));
  }

  /** One look at everything. Each namespace is entered once, however many ports it publishes. */
  private final class Look {
    private final Map<Publisher.Namespace, Optional<Endpoint>> endpoints = new LinkedHashMap<>();
    private final Map<String, BridgeNetwork> networks = new LinkedHashMap<>();
    private final List<PortBinding> bindings = new ArrayList<>();
    private final Map<String, Problem> problems = new LinkedHashMap<>();
    private Optional<HostBridges> host = Optional.empty();

    void add(Publisher.Namespace namespace, Publication publication) {
      Optional<Endpoint> endpoint = endpoints.get(namespace);
      if (endpoint == null) {
        endpoint = find(namespace);
        endpoints.put(namespace, endpoint);
      }
      if (publication.request().leavesChoice()) {
        problem(publication.toString(), "its host port is not chosen yet");
        return;
      }
      endpoint.ifPresent(to -> bindings.addAll(bindings(publication, to)));
    }

    private List<PortBinding> bindings(Publication publication, Endpoint endpoint) {
      return expansions
          .compute(
              publication,
              (key, known) ->
                  known != null && known.endpoint().equals(endpoint)
                      ? known
                      : new Expansion(endpoint, expand(publication, endpoint)))
          .bindings();
    }

    private static List<PortBinding> expand(Publication publication, Endpoint endpoint) {
      return endpoint.bindings(publication.request()).stream()
          .map(binding -> binding.with(publication.header()))
          .toList();
    }

    private Optional<Endpoint> find(Publisher.Namespace publisher) {
      NetworkNamespace namespace = named.apply(publisher.name());
      String subject = publisher.quoted();
      OptionalLong inode = namespace.inode();
      if (inode.isEmpty()) {
        latest.remove(publisher);
        problem(subject, "does not exist yet; its ports are published when it appears");
        return Optional.empty();
      }
      try {
        NamespaceLookup found =
            NamespaceLookup.find(publisher, namespace.call(InterfaceAddress::here), host());
        latest.put(publisher, new Found(inode.getAsLong(), found));
        return merge(found, subject) ? Optional.of(found.endpoint()) : Optional.empty();
      } catch (NamespaceLookup.NoWayException e) {
        problem(subject, String.valueOf(e.getMessage()));
      } catch (IOException e) {
        return asFoundBefore(publisher, inode.getAsLong(), subject, e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        problem(subject, "the look into it was interrupted");
      }
      return Optional.empty();
    }

    /** That we can't look, for want of descriptors perhaps, doesn't end what works. */
    private Optional<Endpoint> asFoundBefore(
        Publisher.Namespace publisher, long inode, String subject, IOException why) {
      Found before = latest.get(publisher);
      if (before == null || before.inode() != inode) {
        problem(subject, String.valueOf(why.getMessage()));
        return Optional.empty();
      }
      problem(subject, why.getMessage() + "; its ports stay as they were");
      return merge(before.lookup(), subject)
          ? Optional.of(before.lookup().endpoint())
          : Optional.empty();
    }

    private HostBridges host() throws IOException {
      if (host.isEmpty()) {
        host = Optional.of(HostBridges.read());
      }
      return host.get();
    }

    /** Whether its bridges are like those that others were found on. */
    private boolean merge(NamespaceLookup found, String subject) {
      Map<String, BridgeNetwork> merged = new LinkedHashMap<>(networks);
      for (BridgeNetwork network : found.networks()) {
        BridgeNetwork known = merged.getOrDefault(network.bridge(), network);
        for (IpPrefix subnet : network.subnets()) {
          if (known.subnet(subnet.family()).filter(other -> !other.equals(subnet)).isPresent()) {
            problem(
                subject,
                subnet
                    + " is a second subnet of "
                    + network.bridge()
                    + ", which publishes from "
                    + known.subnet(subnet.family()).get()
                    + "; use one subnet per bridge");
            return false;
          }
        }
        merged.put(network.bridge(), union(known, network));
      }
      networks.putAll(merged);
      return true;
    }

    private void problem(String subject, String text) {
      problems.putIfAbsent(subject, new Problem(subject, text));
    }
  }

  private static BridgeNetwork union(BridgeNetwork one, BridgeNetwork other) {
    return BridgeNetwork.of(
        one.name(),
        one.bridge(),
        Stream.of(Family.values())
            .flatMap(family -> one.subnet(family).or(() -> other.subnet(family)).stream())
            .toArray(IpPrefix[]::new));
  }
}
