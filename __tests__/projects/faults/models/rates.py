def model(dbt, session):
    dbt.config(materialized="table")
    base = dbt.ref("base")
    return undefined_name(base)
