package dev.hairpin.proxy;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dev.hairpin", importOptions = DoNotIncludeTests.class)
class ModuleBoundariesTest {
  @ArchTest
  static final ArchRule theProxyKnowsNeitherRulesNorAgentNorDocker =
      noClasses()
          .that()
          .resideInAPackage("dev.hairpin.proxy..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.hairpin.rules..", "dev.hairpin.agent..", "com.github.dockerjava..");

  @ArchTest
  static final ArchRule nativeCallsAreInOnePlace =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.hairpin.proxy.posix")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("jnr..");

  @ArchTest
  static final ArchRule nativeCallsKnowNothingOfTheRelay =
      noClasses()
          .that()
          .resideInAPackage("dev.hairpin.proxy.posix")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.hairpin.proxy", "io.netty..");
}
