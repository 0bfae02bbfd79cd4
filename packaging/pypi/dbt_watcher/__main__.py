from dbt_watcher import main

main()
