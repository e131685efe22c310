package dev.hairpin.it.doctor;

import dev.hairpin.agent.doctor.Asker;
import dev.hairpin.agent.doctor.Code;
import dev.hairpin.agent.walk.Whose;
import dev.hairpin.rules.address.Protocol;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Something that is done to a host that was well, and what is to be said of it. Texts are filled in
 * by the {@link Patient}.
 *
 * @param injections what is done
 * @param undoings what a person has to do about it; nothing where what is proposed is enough
 * @param afterwards what is done when all is over, whether the host is well again or not
 * @param lost who is not answered any more
 * @param culprits what is to be found: these and no others
 * @param targets what is asked about; nothing for all
 */
record Fault(
    String name,
    List<Act> injections,
    List<Act> undoings,
    List<Act> afterwards,
    List<Lost> lost,
    List<Culprit> culprits,
    List<String> targets) {
  Fault {
    injections = List.copyOf(injections);
    undoings = List.copyOf(undoings);
    afterwards = List.copyOf(afterwards);
    lost = List.copyOf(lost);
    culprits = List.copyOf(culprits);
    targets = List.copyOf(targets);
  }

  /** Something that is done to a host. */
  interface Act {
    void on(Patient patient);
  }

  /**
   * Somebody who is not answered.
   *
   * @param port that is published
   * @param sourcePort 0 for any
   */
  record Lost(Asker asker, Protocol protocol, int port, int sourcePort) {}

  /**
   * What is to be found.
   *
   * @param whose empty where it does not matter
   * @param shown what the finding has to show: the rule, the setting, the process
   */
  record Culprit(Code code, Optional<Whose> whose, String shown) {}

  static Fault named(String name) {
    return new Fault(name, List.of(), List.of(), List.of(), List.of(), List.of(), List.of());
  }

  /** The same, with these commands run on the host. */
  Fault host(String... commands) {
    return doing(patient -> Arrays.stream(commands).forEach(each -> patient.onHost(each).run()));
  }

  /** The same, with these commands run in the container's network. */
  Fault inside(String... commands) {
    return doing(patient -> Arrays.stream(commands).forEach(each -> patient.onInside(each).run()));
  }

  Fault doing(Act act) {
    return new Fault(name, plus(injections, act), undoings, afterwards, lost, culprits, targets);
  }

  /** The same, for which nothing is proposed that a program could do. */
  Fault undoneBy(Act act) {
    return new Fault(name, injections, plus(undoings, act), afterwards, lost, culprits, targets);
  }

  /** The same, after which this is done in any case. */
  Fault afterwards(Act act) {
    return new Fault(name, injections, undoings, plus(afterwards, act), lost, culprits, targets);
  }

  /** The same, by which these don't reach the container's TCP port any more. */
  Fault losing(Asker... askers) {
    return losing(Protocol.TCP, Patient.TCP_PORT, askers);
  }

  /** The same, by which these don't reach the container's UDP port any more. */
  Fault losingDatagrams(Asker... askers) {
    return losing(Protocol.UDP, Patient.UDP_PORT, askers);
  }

  Fault losing(Protocol protocol, int port, Asker... askers) {
    return losing(Stream.of(askers).map(asker -> new Lost(asker, protocol, port, 0)).toList());
  }

  Fault losing(Lost more) {
    return losing(List.of(more));
  }

  private Fault losing(List<Lost> more) {
    return new Fault(name, injections, undoings, afterwards, both(lost, more), culprits, targets);
  }

  Fault found(Code code, String shown) {
    return found(new Culprit(code, Optional.empty(), shown));
  }

  Fault found(Code code, Whose whose, String shown) {
    return found(new Culprit(code, Optional.of(whose), shown));
  }

  private Fault found(Culprit culprit) {
    return new Fault(
        name, injections, undoings, afterwards, lost, plus(culprits, culprit), targets);
  }

  /** The same, with only this asked about. */
  Fault asking(String target) {
    return new Fault(name, injections, undoings, afterwards, lost, culprits, plus(targets, target));
  }

  /** Both, this one first. */
  Fault and(Fault other) {
    return new Fault(
        name + " + " + other.name,
        both(injections, other.injections),
        both(undoings, other.undoings),
        both(afterwards, other.afterwards),
        both(lost, other.lost),
        both(culprits, other.culprits),
        both(targets, other.targets));
  }

  Set<Code> codes() {
    Set<Code> codes = EnumSet.noneOf(Code.class);
    culprits.forEach(culprit -> codes.add(culprit.code()));
    return codes;
  }

  private static <T> List<T> both(List<T> some, List<T> more) {
    return Stream.concat(some.stream(), more.stream()).distinct().toList();
  }

  private static <T> List<T> plus(List<T> some, T one) {
    return both(some, List.of(one));
  }

  @Override
  public String toString() {
    return name;
  }
}
