// .teamcity/settings.kts; the parent project has the password as the parameter env.DBT_ENV_SECRET_PASSWORD
import jetbrains.buildServer.configs.kotlin.*
import jetbrains.buildServer.configs.kotlin.buildFeatures.XmlReport
import jetbrains.buildServer.configs.kotlin.buildFeatures.xmlReport
import jetbrains.buildServer.configs.kotlin.buildSteps.script
import jetbrains.buildServer.configs.kotlin.triggers.vcs

version = "2025.03"

project { buildType(Dbt) }

object Dbt : BuildType({
  name = "dbt"
  vcs { root(DslContext.settingsRoot) }
  triggers { vcs {} }
  steps { script {
    dockerImage = "python:3.13"
    scriptContent = """
      pip install dbt-core dbt-postgres dbt-watcher
      dbt-watcher --junit junit.xml build
    """
  } }
  features { xmlReport { reportType = XmlReport.XmlReportType.JUNIT; rules = "junit.xml" } }
})
