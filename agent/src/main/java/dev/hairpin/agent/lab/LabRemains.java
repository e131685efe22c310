package dev.hairpin.agent.lab;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.lab.LabNamespaces.State;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What is there of a lab, whole or not, and how to be rid of it. */
final class LabRemains {
  private final LabFiles files;
  private final LabNamespaces namespaces;
  private final LabProcesses processes;

  LabRemains(LabFiles files, LabNamespaces namespaces, LabProcesses processes) {
    this.files = requireNonNull(files, "files");
    this.namespaces = requireNonNull(namespaces, "namespaces");
    this.processes = requireNonNull(processes, "processes");
  }

  /** What is wrong with a lab, a phrase each; empty when it is whole. */
  List<String> damage(LabRecord record) throws IOException {
    List<String> damage = new ArrayList<>();
    for (String name : LabNetwork.NAMESPACES) {
      if (namespaces.state(name) != State.OURS) {
        damage.add("namespace " + name + " is gone");
      }
    }
    for (LabProcess process : record.processes()) {
      if (!process.isAlive()) {
        damage.add(process.role() + " has ended");
      }
    }
    if (damage.isEmpty() && !record.complete()) {
      damage.add("it was never finished");
    }
    return damage;
  }

  /** Whether any of the names is taken by somebody else; the first that is. */
  Optional<String> foreign() throws IOException {
    boolean begun = files.read().filter(record -> !record.complete()).isPresent();
    for (String name : LabNetwork.NAMESPACES) {
      State state = namespaces.state(name);
      if (state == State.FOREIGN || (state == State.BLANK && !begun)) {
        return Optional.of(name);
      }
    }
    return Optional.empty();
  }

  /** Whether there is anything. */
  boolean any() throws IOException {
    return files.exist() || !ours(false).isEmpty();
  }

  /**
   * Takes everything away. Goes on where a removal before it was cut short.
   *
   * @return what was removed and what stays, a line each
   * @throws IOException if something can't be removed; what was is gone, and the record still there
   */
  List<String> takeAway() throws IOException, InterruptedException {
    LabRecord record = files.read().orElse(LabRecord.begun(false));
    List<String> ours = ours(!record.complete());
    List<String> done = new ArrayList<>();

    List<LabProcess> ended = new ArrayList<>(record.processes().reversed());
    ended.removeIf(process -> !process.isAlive());
    processes.end(ended);
    // Only now, as an agent that loses the keeper of its sockets starts another.
    List<LabProcess> others = running(record, ours);
    processes.end(others);
    ended.addAll(others);
    ended.forEach(process -> done.add("ended the " + process));

    for (String name : ours) {
      List<ProcessHandle> guests = namespaces.processesIn(name);
      namespaces.remove(name);
      done.add("removed namespace " + name + " with its links and rules");
      for (ProcessHandle guest : guests) {
        done.add(
            "process "
                + guest.pid()
                + guest.info().command().map(command -> " (" + command + ")").orElse("")
                + " is not of the lab and keeps what was namespace "
                + name
                + " until it ends");
      }
    }
    if (files.exist()) {
      files.remove();
      done.add("removed " + files.directory());
    }
    return done;
  }

  /**
   * The names that lead to namespaces of ours.
   *
   * @param begun whether we may have been stopped between making one and marking it
   */
  private List<String> ours(boolean begun) throws IOException {
    List<String> ours = new ArrayList<>();
    for (String name : LabNetwork.NAMESPACES) {
      State state = namespaces.state(name);
      if (state == State.OURS || (state == State.BLANK && begun)) {
        ours.add(name);
      }
    }
    return ours;
  }

  /** Ends what the lab runs in its host: the agent first, which would miss the others. */
  void endHost(LabRecord record) throws IOException, InterruptedException {
    List<LabProcess> agents =
        record.processes().stream().filter(process -> process.role().equals("agent")).toList();
    processes.end(agents.stream().filter(LabProcess::isAlive).toList());
    List<LabProcess> others = new ArrayList<>();
    for (ProcessHandle process : namespaces.processesIn(LabNetwork.HOST)) {
      if (processes.isOurs(process)) {
        LabProcess.of(processes.role(process, LabNetwork.HOST), process.pid())
            .ifPresent(others::add);
      }
    }
    processes.end(others);
  }

  /** Those that were recorded, and those that were started but not recorded any more. */
  private List<LabProcess> running(LabRecord record, List<String> ours) {
    Set<LabProcess> running = new LinkedHashSet<>();
    record.processes().reversed().stream().filter(LabProcess::isAlive).forEach(running::add);
    for (String name : ours) {
      for (ProcessHandle process : namespaces.processesIn(name)) {
        boolean isKnown = running.stream().anyMatch(known -> known.pid() == process.pid());
        if (!isKnown && processes.isOurs(process)) {
          LabProcess.of(processes.role(process, name), process.pid()).ifPresent(running::add);
        }
      }
    }
    return List.copyOf(running);
  }
}
