import tempfile, time, sys, cProfile, pstats, os
os.environ["PAGE_CACHE_MB"]="0"
from contextvars import Context
from pathlib import Path
from benchmarks.instance import data_of
from marketplace.demo.plan.scale import Scale
from marketplace.core.unit_of_work import count_queries
PATHS=["/c/bags?sort=price","/c/food?stars={n}&min_toman={m}","/offers/1-drawing-paper-a5-80-gsm-60-sheets-1-1","/search?q=کاغذ","/","/stores"]
with tempfile.TemporaryDirectory(prefix="bazargah-bench-", ignore_cleanup_errors=True) as place:
    f=Path(place); f.chmod(0o711)
    with data_of(os.environ.get("KIND","sqlite"), Scale("festival"), f) as data:
        app=data.app()
        c=app.test_client()
        def get(p): return Context().run(c.get,p)
        for raw in PATHS:
            best=1e9
            for i in range(14):
                p=raw.format(n=i%4+1,m=1000*i)
                t=time.process_time(); a=get(p); best=min(best,time.process_time()-t)
            assert a.status_code==200,p
            with app.app_context():
                st=[]; stop=count_queries(st)
            get(raw.format(n=2,m=777))
            with app.app_context(): stop()
            print(f"{raw[:34]:36s} {best*1000:7.2f} ms  {len(st)} statements", flush=True)
        if len(sys.argv)>1:
            raw=PATHS[int(sys.argv[1])]
            pr=cProfile.Profile(); pr.enable()
            for i in range(10): get(raw.format(n=i%4+1,m=1000*i+5))
            pr.disable()
            s=pstats.Stats(pr); s.sort_stats("cumulative").print_stats("work/wt/look|sqlalchemy/engine|url_for|render", 70)
