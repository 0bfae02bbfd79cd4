// .teamcity/settings.kts
object Dbt : BuildType({
  name = "dbt"
  vcs { root(DslContext.settingsRoot) }
  steps { script {
    dockerImage = "python:3.13"
    scriptContent = """
      pip install dbt-core dbt-postgres dbt-watcher
      dbt-watcher --junit junit.xml build
    """
  } }
  features { xmlReport { reportType = XmlReport.XmlReportType.JUNIT; rules = "junit.xml" } }
})
