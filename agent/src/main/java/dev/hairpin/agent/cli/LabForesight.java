package dev.hairpin.agent.cli;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.lab.Experiment;
import dev.hairpin.agent.lab.LabNetwork;
import dev.hairpin.agent.netns.NetworkNamespace;
import dev.hairpin.agent.reconcile.Host;
import dev.hairpin.agent.walk.Asked;
import dev.hairpin.agent.walk.Prediction;
import dev.hairpin.agent.walk.Surveyed;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.apply.CommandRunner;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.apply.Sysctls;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.netfilter.Tables;
import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What {@code hairpin walk} says in the lab's host, as that is now.
 *
 * @param published what a proxy listens for
 */
record LabForesight(
    Map<Family, Tables> tables, Map<Family, Surveyed> host, List<PortBinding> published) {
  LabForesight {
    requireNonNull(tables, "tables");
    requireNonNull(host, "host");
    published = List.copyOf(published);
  }

  /**
   * Looks at the host.
   *
   * @param proxyListens whether there is one
   */
  static LabForesight look(Experiment experiment, boolean proxyListens)
      throws IOException, InterruptedException {
    return NetworkNamespace.of(LabNetwork.HOST)
        .call(() -> {
          try {
            Host record = ThisHost.open(experiment.agentRun(), pid -> {});
            Map<Family, Tables> tables = new EnumMap<>(Family.class);
            Map<Family, Surveyed> host = new EnumMap<>(Family.class);
            for (Family family : Family.values()) {
              tables.put(family, record.explained(family, ThisHost::layout));
              host.put(family, Surveyed.look(CommandRunner.local(), Sysctls.ofThisHost(), family));
            }
            return new LabForesight(tables, host, proxyListens ? record.published() : List.of());
          } catch (FirewallException e) {
            throw new IOException(e.getMessage(), e);
          }
        });
  }

  /** To follow packets of one family. */
  KnownHost known(Family family) {
    return new KnownHost(tables.get(family), host.get(family), published, published);
  }

  /** What becomes of the first packet. */
  Prediction of(Asked asked) {
    Family family = asked.family();
    Surveyed here = host.get(family);
    return Prediction.of(tables.get(family), here, asked.on(here), published);
  }

  /** What becomes of the packet with which the proxy asks; empty where no proxy does. */
  Optional<Prediction> onwards(Prediction prediction) {
    return prediction
        .proxied()
        .map(binding -> {
          IpAddress container = binding.containerAddress();
          return prediction
              .onwards()
              .orElseGet(() ->
                  of(
                      new Asked(
                          new Asked.Service.Port(Protocol.TCP, binding.containerPort()),
                          Optional.of(container),
                          new Asked.Sender.ThisHost(),
                          Optional.empty())));
        });
  }
}
