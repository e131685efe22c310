package dev.hairpin.agent.cli;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.walk.Surveyed;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.netfilter.Tables;
import java.util.List;

/**
 * What is known of this host when packets are followed through it.
 *
 * @param tables that they meet, ours with what they are for
 * @param published what our rules and proxy serve
 * @param proxied what of it our proxy listens for
 */
record KnownHost(
    Tables tables, Surveyed network, List<PortBinding> published, List<PortBinding> proxied) {
  KnownHost {
    requireNonNull(tables, "tables");
    requireNonNull(network, "network");
    published = List.copyOf(published);
    proxied = List.copyOf(proxied);
  }
}
