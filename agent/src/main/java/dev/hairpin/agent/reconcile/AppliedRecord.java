package dev.hairpin.agent.reconcile;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.docker.DockerSnapshot;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.FirewallOptions;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.layouts.LayoutName;
import dev.hairpin.rules.netfilter.Ruleset;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the agent did to this host, so that a later agent can go on from there and undo it.
 *
 * @param standing whose names the chains have
 * @param layout whose rules they are, or, beside dockerd's, with which tools they were written
 * @param state what the rules were made from
 * @param claims for the host ports that a stand-in holds, which one, as {@code PID-START}
 * @param rules by family, as far as we have written any
 * @param sysctls what we changed, with the value that was there before
 * @param docker what Docker said last; it stands until Docker says something else
 * @param firewalld what we had firewalld change
 */
record AppliedRecord(
    Standing standing,
    LayoutName layout,
    DesiredState state,
    Map<String, String> claims,
    Map<Family, OwnedRules> rules,
    Map<String, String> sysctls,
    DockerSnapshot docker,
    FirewalldChanges firewalld) {
  AppliedRecord {
    requireNonNull(standing, "standing");
    // Nobody wrote it down while there was one layout only.
    layout = layout == null ? LayoutName.DOCKER20 : layout;
    requireNonNull(state, "state");
    claims = Map.copyOf(claims);
    rules = Map.copyOf(rules);
    sysctls = Map.copyOf(sysctls);
    requireNonNull(docker, "docker");
    // Earlier agents did not look for it.
    firewalld = firewalld == null ? FirewalldChanges.NONE : firewalld;
  }

  /** An untouched host. */
  static AppliedRecord nothing(Standing standing) {
    return new AppliedRecord(
        standing,
        LayoutName.DOCKER20,
        DesiredState.of(
            List.of(), List.of(), FirewallOptions.of(ProxyMode.USERLAND, Set.of(), Set.of())),
        Map.of(),
        Map.of(),
        Map.of(),
        DockerSnapshot.UNKNOWN,
        FirewalldChanges.NONE);
  }

  /** What is still to be undone, and nothing else. */
  AppliedRecord afterTeardown() {
    AppliedRecord nothing = nothing(standing);
    return new AppliedRecord(
        standing, layout, nothing.state, nothing.claims, rules, sysctls, nothing.docker, firewalld);
  }

  /** Whether there is nothing to undo. */
  boolean isOfNothing() {
    return rules.isEmpty() && sysctls.isEmpty() && firewalld.isEmpty();
  }

  /** Whose rules we wrote under dockerd's names; empty while there are none. */
  Optional<LayoutName> layoutInForce() {
    return standing == Standing.REPLACE && !rules.isEmpty()
        ? Optional.of(layout)
        : Optional.empty();
  }

  /** Whether connections that we sent on have our label. */
  boolean labelsConnections() {
    return Settings.labelsConnections(standing, layout);
  }

  /** Our rules of a family, without their reasons. */
  Ruleset owned(Family family) {
    return rules.getOrDefault(family, OwnedRules.NONE).ruleset(family);
  }

  /** After a pass that made everything so. */
  AppliedRecord after(Settings settings, DesiredState nextState, Map<String, String> nextClaims) {
    return new AppliedRecord(
        settings.standing(),
        settings.layout(),
        nextState,
        nextClaims,
        rules,
        sysctls,
        docker,
        firewalld);
  }

  AppliedRecord withRules(Family family, OwnedRules written) {
    Map<Family, OwnedRules> next = new EnumMap<>(Family.class);
    next.putAll(rules);
    if (written.isEmpty()) {
      next.remove(family);
    } else {
      next.put(family, written);
    }
    return new AppliedRecord(standing, layout, state, claims, next, sysctls, docker, firewalld);
  }

  /** Rules of a dockerd's are ours from now on. */
  AppliedRecord afterTakingOver(LayoutName theirs, Family family, OwnedRules taken) {
    return new AppliedRecord(
            Standing.REPLACE, theirs, state, claims, rules, sysctls, docker, firewalld)
        .withRules(family, taken);
  }

  /** Remembers a sysctl's value from before our first change. */
  AppliedRecord withSysctl(String name, String before) {
    Map<String, String> next = new TreeMap<>(sysctls);
    next.putIfAbsent(name, before);
    return withSysctls(next);
  }

  /** Forgets a sysctl that has its earlier value again. */
  AppliedRecord withoutSysctl(String name) {
    Map<String, String> next = new TreeMap<>(sysctls);
    next.remove(name);
    return withSysctls(next);
  }

  AppliedRecord withDocker(DockerSnapshot said) {
    return new AppliedRecord(standing, layout, state, claims, rules, sysctls, said, firewalld);
  }

  private AppliedRecord withSysctls(Map<String, String> next) {
    return new AppliedRecord(standing, layout, state, claims, rules, next, docker, firewalld);
  }

  AppliedRecord withFirewalld(FirewalldChanges next) {
    return new AppliedRecord(standing, layout, state, claims, rules, sysctls, docker, next);
  }
}
