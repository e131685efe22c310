package dev.hairpin.it;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Which part of Hairpin may know which. */
@AnalyzeClasses(
    packages = "dev.hairpin",
    importOptions = {DoNotIncludeTests.class, ArchitectureTest.NoTestJars.class})
class ArchitectureTest {
  /** What a module's tests lend to those of another. */
  static final class NoTestJars implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("-tests.jar");
    }
  }

  private static final String RULES = "dev.hairpin.rules..";
  private static final String PROXY = "dev.hairpin.proxy..";
  private static final String AGENT = "dev.hairpin.agent..";
  private static final String NETTY = "io.netty..";
  private static final String DOCKER = "com.github.dockerjava..";

  @ArchTest
  static final ArchRule rulesKnowNeitherProxyNorAgentNorDockerNorNetty =
      noClasses()
          .that()
          .resideInAPackage(RULES)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(PROXY, AGENT, NETTY, DOCKER);

  @ArchTest
  static final ArchRule proxyKnowsNeitherRulesNorAgentNorDocker =
      noClasses()
          .that()
          .resideInAPackage(PROXY)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(RULES, AGENT, DOCKER);

  @ArchTest
  static final ArchRule nettyIsTheProxysBusiness =
      noClasses()
          .that()
          .resideOutsideOfPackage(PROXY)
          .should()
          .dependOnClassesThat()
          .resideInAPackage(NETTY);

  @ArchTest
  static final ArchRule dockerIsReadInOnePlace =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.hairpin.agent.docker..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage(DOCKER);

  /** Deciding is pure: what is read and done goes through {@code rules.apply} and the agent. */
  @ArchTest
  static final ArchRule decidingReadsNoFilesSocketsProcessesOrClocks =
      noClasses()
          .that()
          .resideInAnyPackage(
              "dev.hairpin.rules",
              "dev.hairpin.rules.address..",
              "dev.hairpin.rules.binding..",
              "dev.hairpin.rules.drafting..",
              "dev.hairpin.rules.netfilter..",
              "dev.hairpin.rules.iptables..",
              "dev.hairpin.rules.nftables..",
              "dev.hairpin.rules.layouts..",
              "dev.hairpin.rules.explain..",
              "dev.hairpin.rules.plan..",
              "dev.hairpin.rules.trace..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.io..", "java.nio.file..", "java.nio.channels..", "java.time..")
          .orShould()
          .dependOnClassesThat()
          .haveNameMatching("java\\.lang\\.Process.*|java\\.net\\..*Socket.*|java\\.net\\.URL.*");

  @ArchTest
  static final ArchRule vocabularyNeedsNothingAboveIt =
      noClasses()
          .that()
          .resideInAnyPackage("dev.hairpin.rules.address..", "dev.hairpin.rules.netfilter..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.hairpin.rules.iptables..",
              "dev.hairpin.rules.nftables..",
              "dev.hairpin.rules.layouts..",
              "dev.hairpin.rules.plan..",
              "dev.hairpin.rules.apply..",
              "dev.hairpin.rules.trace..");

  @ArchTest
  static final ArchRule nativeCallsAreInOnePlaceEach =
      noClasses()
          .that()
          .resideOutsideOfPackages("dev.hairpin.agent.posix..", PROXY)
          .should()
          .dependOnClassesThat()
          .resideInAPackage("jnr..");

  @ArchTest
  static final ArchRule packagesOfRulesHaveNoCycles =
      slices().matching("dev.hairpin.rules.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule packagesOfAgentHaveNoCycles =
      slices().matching("dev.hairpin.agent.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule nothingIsNamedAfterHavingNoPlace =
      noClasses()
          .should()
          .haveSimpleNameEndingWith("Helper")
          .orShould()
          .haveSimpleNameEndingWith("Manager")
          .orShould()
          .haveSimpleNameEndingWith("Utils")
          .orShould()
          .resideInAnyPackage("..util..", "..common..");

  @ArchTest
  static final ArchRule commandLineIsOnTop =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.hairpin.agent.cli..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.hairpin.agent.cli..");
}
