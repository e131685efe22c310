package dev.hairpin.agent;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/**
 * Which part of the agent may know which. Data goes from the sources through a pass to the host.
 */
@AnalyzeClasses(packages = "dev.hairpin.agent", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String RECONCILE = "dev.hairpin.agent.reconcile..";
  private static final String CLI = "dev.hairpin.agent.cli..";
  private static final String LAB = "dev.hairpin.agent.lab..";

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching("dev.hairpin.agent.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule sourcesDoNotKnowWhatIsMadeOfThem =
      noClasses()
          .that()
          .resideInAnyPackage(
              "dev.hairpin.agent.docker..",
              "dev.hairpin.agent.netns..",
              "dev.hairpin.agent.publication..",
              "dev.hairpin.agent.standin..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(RECONCILE, "dev.hairpin.agent.control..", CLI, LAB);

  @ArchTest
  static final ArchRule onlyTheCommandKnowsTheCommandLine =
      noClasses()
          .that()
          .resideOutsideOfPackage(CLI)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("picocli..", CLI);

  @ArchTest
  static final ArchRule nativeCallsAreInOnePlace =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.hairpin.agent.posix..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("jnr..");
}
