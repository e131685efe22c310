package dev.hairpin.it.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.doctor.Code;
import dev.hairpin.it.doctor.Examination.Reported;
import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Command;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.World;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A host that is looked at on one machine and thought about on another. */
@NeedsRealNetwork
class BundleIT {
  @TempDir private Path folder;

  @Test
  void whatWasCollectedTellsTheSameElsewhere() throws IOException {
    try (Patient patient = Patient.ofEngine(World.create(), "--userland-proxy=false")) {
      patient.run(
          "secretive",
          "--publish=8086:80",
          "--env=DATABASE_PASSWORD=hunter2-in-env",
          "--label=token=hunter2-in-label");
      RuleFaults.accepted().injections().forEach(act -> act.on(patient));
      RuleFaults.droppedByUser().injections().forEach(act -> act.on(patient));
      SettingFaults.routeLocalnetOff().injections().forEach(act -> act.on(patient));

      Examination there = patient.examine();
      String collected = patient.doctor("--collect").run();
      Examination here = read(Files.writeString(folder.resolve("bundle"), collected));

      assertThat(there.codes())
          .contains(Code.RULE_HIDES, Code.RULE_DROPS, Code.ROUTE_LOCALNET_OFF, Code.NOT_LISTENING);
      assertThat(here.json().path("findings")).isEqualTo(there.json().path("findings"));
      assertThat(here.json().path("ways")).isEqualTo(there.json().path("ways"));
      assertThat(here.exit()).isEqualTo(1);
      assertThat(collected).contains("secretive").doesNotContain("hunter2");
    }
  }

  /** The text of seed 000: rules that somebody saved, and nothing else. */
  @Test
  void rulesAloneNameTheCulpritAndLeaveTheRestOpen() throws IOException {
    Path rules = folder.resolve("iptables-save");
    Files.write(
        rules, getClass().getResourceAsStream("/doctor/000-iptables-save.txt").readAllBytes());

    Examination said = read(rules);

    assertThat(said.exit()).isEqualTo(1);
    assertThat(said.findings())
        .as("findings of %s", said)
        .anySatisfy(finding -> {
          assertThat(finding.code()).isEqualTo(Code.RULE_HIDES);
          assertThat(finding.shown()).contains("--dports 80,443,2238,7788");
        })
        .anySatisfy(finding -> {
          assertThat(finding.code()).isEqualTo(Code.RULE_MISSING);
          assertThat(finding.shown())
              .contains("PREROUTING", "-m addrtype --dst-type LOCAL -j DOCKER");
        });
    assertThat(said.findings())
        .extracting(Reported::code)
        .containsOnly(Code.RULE_HIDES, Code.RULE_MISSING, Code.RULE_DIVERTS);
    assertThat(said.notes()).extracting(Reported::code).containsOnly(Code.COULD_NOT_READ);
    assertThat(said.tally()).containsKeys("lost", "unknown");
  }

  /** Read where there is neither that host nor anything of it. */
  private Examination read(Path bundle) {
    return Examination.of(
        Command.of(AgentProcess.LAUNCHER.toString())
            .and(List.of("doctor", "--json", "--bundle", bundle.toString()))
            .attempt());
  }
}
